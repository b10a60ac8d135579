import { networkInterfaces } from "node:os";
import { formatAddress } from "@lamplighter/runtime/udp-port";

/** Where others reach what listens on `host`: for "all addresses" the first one of this machine that others can use. */
export function reachable(host: string, port: number): string {
  const any = host === "0.0.0.0" || host === "::";
  const outward = Object.values(networkInterfaces())
    .flat()
    .find((candidate) => candidate && !candidate.internal && candidate.family === "IPv4");
  return formatAddress(any ? (outward?.address ?? "127.0.0.1") : host, port);
}
