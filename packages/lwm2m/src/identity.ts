import type { Address } from "@lamplighter/runtime/datagram";

/**
 * Says whether two datagrams come from one identity, where nothing authenticates them (security mode NoSec).
 *
 * Without keys the address is all the identity there is. Its port does not count: a light that restarted, and one behind
 * an address translator, comes back from another port, and must be able to. Another host is another identity, and so it
 * cannot take over an endpoint while the registration of that endpoint lives.
 */
export function sameIdentity(a: Address, b: Address): boolean {
  return a === b || hostOf(a) === hostOf(b);
}

/** The host part of an address: `192.0.2.7`, `[2001:db8::7]`. */
export function hostOf(address: Address): string {
  const colon = address.lastIndexOf(":");
  return colon < 0 ? address : address.slice(0, colon);
}

/**
 * Says whether a peer may speak for a registration.
 *
 * Who proved by its credentials to be an endpoint speaks for that endpoint from any address, and for no other; and what
 * was registered so is not touched by anybody who proves nothing (OMA TS Core 1.1 §6.2.1, §8.1).
 */
export function speaksFor(
  peer: { readonly address: Address; readonly authenticated: string | undefined },
  registration: { readonly endpoint: string; readonly address: Address; readonly authenticated?: true },
): boolean {
  if (peer.authenticated !== undefined) return peer.authenticated === registration.endpoint;
  return !registration.authenticated && sameIdentity(peer.address, registration.address);
}
