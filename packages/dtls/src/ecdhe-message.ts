import type { KeyObject } from "node:crypto";
import { ByteReader } from "./byte-reader.ts";
import { joined, numberBytes, vectorBytes } from "./bytes.ts";
import { encodeSignature, readSignature } from "./certificate-message.ts";
import { isSigned, pointBytes, secp256r1, signed } from "./elliptic-curve.ts";
import type { HelloRandoms } from "./key-exchange.ts";

const namedCurve = 3;

/** A server's half of the exchange, signed together with both randoms so that it is of no use elsewhere (RFC 8422 §5.4). */
export function encodeServerKeyShare(point: Uint8Array, randoms: HelloRandoms, key: KeyObject): Uint8Array {
  const share = joined(Uint8Array.of(namedCurve), numberBytes(secp256r1, 2), vectorBytes(point, 1));
  return joined(share, encodeSignature(signed(joined(randoms.client, randoms.server, share), key)));
}

/** What a client hears in a ServerKeyExchange. */
export type ServerKeyShare =
  | { readonly kind: "share"; readonly point: Uint8Array }
  | { readonly kind: "other-curve" }
  | { readonly kind: "wrong-signature" };

/** Throws {@link MalformedRecord}. */
export function decodeServerKeyShare(body: Uint8Array, randoms: HelloRandoms, key: KeyObject): ServerKeyShare {
  const reader = new ByteReader(body);
  // A curve described by its numbers is the sender's own, and anything but safe (RFC 8422 §5.4).
  if (reader.number(1, "kind of curve") !== namedCurve) return { kind: "other-curve" };
  if (reader.number(2, "curve") !== secp256r1) return { kind: "other-curve" };
  const point = reader.vector(1, "point", { min: 1, max: pointBytes });
  const share = body.subarray(0, reader.offset);
  const signature = readSignature(reader);
  if (!signature || !isSigned(joined(randoms.client, randoms.server, share), signature, key)) {
    return { kind: "wrong-signature" };
  }
  return { kind: "share", point };
}

/** A client's half (RFC 8422 §5.7). */
export function encodeClientKeyShare(point: Uint8Array): Uint8Array {
  return vectorBytes(point, 1);
}

/** Returns the point, which need not be one. Throws {@link MalformedRecord}. */
export function decodeClientKeyShare(body: Uint8Array): Uint8Array {
  const reader = new ByteReader(body);
  const point = reader.vector(1, "point", { min: 1 });
  reader.end("after the point");
  return point;
}
