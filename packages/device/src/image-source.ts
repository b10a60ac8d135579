import type { Address } from "@lamplighter/runtime/datagram";

/** Protocols by which a light may fetch an image. */
export type ImageProtocol = "coap" | "http" | "https";

/** The numbers that OMA object 5, resource 8, gives them. */
export const protocolNumbers: Readonly<Record<ImageProtocol, number>> = { coap: 0, http: 2, https: 3 };

/** Where an image is, as a Package URI says. */
export type ImageSource =
  | { readonly protocol: "coap"; readonly uri: string; readonly peer: Address; readonly path: readonly string[] }
  | { readonly protocol: "http" | "https"; readonly uri: string };

/** Reads a Package URI (RFC 7252 §6.1, RFC 9110 §4.2). Undefined for a protocol that is not `spoken`, and for what is no URI. */
export function imageSource(uri: string, spoken: readonly ImageProtocol[]): ImageSource | undefined {
  const protocol = spoken.find((each) => uri.startsWith(`${each}://`));
  if (protocol === undefined) return undefined;
  if (protocol !== "coap") return URL.canParse(uri) ? { protocol, uri } : undefined;
  const [, peer, path] = /^coap:\/\/([^/?#]+)\/([^?#]*)$/.exec(uri) ?? [];
  if (peer === undefined || path === undefined) return undefined;
  return { protocol, uri, peer: /:\d+$/.test(peer) ? peer : `${peer}:5683`, path: path.split("/") };
}
