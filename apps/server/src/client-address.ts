import type { IncomingMessage } from "node:http";

export type ClientAddress = (request: IncomingMessage) => string;

/**
 * Tells which address a request came from, for limits that are kept by address.
 *
 * Behind a proxy all requests come from the proxy, which writes the address that it was called from at the end of
 * X-Forwarded-For; what stands before that was written by strangers. Only a proxy that is known is believed: anybody else
 * could choose an address of his own with each request, and so would have no limit at all.
 */
export function clientAddress(trustedProxies: readonly string[]): ClientAddress {
  const trusted = new Set(trustedProxies.map(plain));
  return (request) => {
    const from = plain(request.socket.remoteAddress ?? "unknown");
    if (!trusted.has(from)) return from;
    const hops = String(request.headers["x-forwarded-for"] ?? "")
      .split(",")
      .map((hop) => plain(hop.trim()))
      .filter((hop) => hop !== "");
    // One proxy may stand behind another that is known too.
    return hops.findLast((hop) => !trusted.has(hop)) ?? from;
  };
}

/** An IPv4 address that came over an IPv6 socket is the IPv4 address. */
function plain(address: string): string {
  return address.startsWith("::ffff:") ? address.slice(7) : address;
}
