import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from "node:crypto";
import type { Address } from "@lamplighter/runtime/datagram";
import { type Duration, minutes } from "@lamplighter/runtime/duration";
import { joined, noBytes, numberBytes } from "./bytes.ts";
import { type ClientHello, encodeClientHello } from "./hello.ts";

/** How long one secret makes cookies. The one before it is still good, so a cookie is good for once to twice as long. */
export const cookieSecretLife: Duration = minutes(2);
const secretBytes = 32;
const cookieBytes = 16;

interface CookieOptions {
  /** Unguessable bytes. */
  readonly randomBytes: (count: number) => Uint8Array;
  readonly monotonic: () => number;
}

/**
 * Makes and checks the cookies by which a client proves that it hears at the address it writes from (RFC 6347 §4.2.1).
 *
 * Nothing is kept per client: a flood of forged hellos costs one HMAC each, and its answers are shorter than its
 * questions. The cookie binds the address and what the client offered, so it is of no use to anybody else.
 */
export class Cookies {
  readonly #options: CookieOptions;
  #current: KeyObject;
  #previous: KeyObject;
  #bornAt: number;

  constructor(options: CookieOptions) {
    this.#options = options;
    this.#current = createSecretKey(options.randomBytes(secretBytes));
    this.#previous = this.#current;
    this.#bornAt = options.monotonic();
  }

  make(from: Address, hello: ClientHello): Uint8Array {
    this.#rotate();
    return cookieOf(this.#current, from, hello);
  }

  isGood(from: Address, hello: ClientHello): boolean {
    this.#rotate();
    if (hello.cookie.length !== cookieBytes) return false;
    return [this.#current, this.#previous].some((secret) =>
      timingSafeEqual(cookieOf(secret, from, hello), hello.cookie),
    );
  }

  #rotate(): void {
    const { monotonic, randomBytes } = this.#options;
    const age = monotonic() - this.#bornAt;
    if (age < cookieSecretLife) return;
    // After a long silence even the secret before the last is old.
    const next = createSecretKey(randomBytes(secretBytes));
    this.#previous = age < 2 * cookieSecretLife ? this.#current : next;
    this.#current = next;
    this.#bornAt = monotonic();
  }
}

function cookieOf(secret: KeyObject, from: Address, hello: ClientHello): Uint8Array {
  const address = new TextEncoder().encode(from);
  // The values that a client must not change from its first hello to its second; its extensions it may (RFC 6347 §4.2.1).
  const offer = encodeClientHello({ ...hello, cookie: noBytes, extensions: new Map() });
  const hmac = createHmac("sha256", secret).update(joined(numberBytes(address.length, 2), address, offer));
  return hmac.digest().subarray(0, cookieBytes);
}
