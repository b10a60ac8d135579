import type { Address } from "@lamplighter/runtime/datagram";

/** Protocols by which a light may fetch an image. */
export type ImageProtocol = "coap" | "coaps" | "http" | "https";

/** The numbers that OMA object 5, resource 8, gives them. */
export const protocolNumbers: Readonly<Record<ImageProtocol, number>> = { coap: 0, coaps: 1, http: 2, https: 3 };

/** Where an image is, as a Package URI says. */
export type ImageSource =
  | {
      readonly protocol: "coap" | "coaps";
      readonly uri: string;
      readonly peer: Address;
      readonly path: readonly string[];
    }
  | { readonly protocol: "http" | "https"; readonly uri: string };

/**
 * Reads a Package URI (RFC 7252 §6.1 and §6.2, RFC 9110 §4.2). Undefined for a protocol that is not `spoken`, for one over
 * DTLS where the light has no key, and for what is no URI.
 */
export function imageSource(
  uri: string,
  { spoken, hasKeyFor }: { readonly spoken: readonly ImageProtocol[]; readonly hasKeyFor: (peer: Address) => boolean },
): ImageSource | undefined {
  const protocol = spoken.find((each) => uri.startsWith(`${each}://`));
  if (protocol === undefined) return undefined;
  if (protocol === "http" || protocol === "https") return URL.canParse(uri) ? { protocol, uri } : undefined;
  const [, peer, path] = /^coaps?:\/\/([^/?#]+)\/([^?#]*)$/.exec(uri) ?? [];
  if (peer === undefined || path === undefined) return undefined;
  const address = /:\d+$/.test(peer) ? peer : `${peer}:${protocol === "coap" ? 5683 : 5684}`;
  if (protocol === "coaps" && !hasKeyFor(address)) return undefined;
  return { protocol, uri, peer: address, path: path.split("/") };
}
