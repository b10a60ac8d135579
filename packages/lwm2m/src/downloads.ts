import { createHash, createHmac } from "node:crypto";
import { CONTENT, GET, METHOD_NOT_ALLOWED, NOT_FOUND, SERVICE_UNAVAILABLE } from "@lamplighter/coap/code";
import { contentFormat } from "@lamplighter/coap/content-format";
import type { IncomingRequest } from "@lamplighter/coap/endpoint";
import type { Clock } from "@lamplighter/runtime/clock";
import { type Duration, hours } from "@lamplighter/runtime/duration";
import { invariant } from "@lamplighter/runtime/invariant";

/** The first segment of every image's path, over CoAP and over HTTP. */
export const downloadSegment = "fw";
/** Images that may be fetched at one time. */
export const downloadsMax = 50_000;
/** Closed downloads that are remembered, so that who asks for one is told so. */
export const closedMax = 50_000;
/** Downloads that are held, so that who asks for one is told to come later. Beyond, the oldest is as one never known. */
export const heldMax = 50_000;
/** For how long a download that is held is asked for again later; then it is as one never known. */
export const heldFor: Duration = hours(24);
/** How long after the start an address that is not known is answered "later": its attempt may not be taken up yet. */
export const forgivingFor: Duration = hours(1);
/** Seconds after which a device that must wait may ask again. */
export const downloadRetrySeconds = 30;

const tokenBytes = 16;
const secretBytesMin = 16;

/** One attempt's right to fetch one image. */
export interface Download {
  /** Names the attempt, and no other: the token is made from it. */
  readonly attempt: string;
  readonly image: Uint8Array;
  /** Of the image, in hex. Its beginning is the tag by which devices tell images apart. */
  readonly sha256: string;
  /** Asked before each part; false makes the device wait. */
  readonly mayContinue: () => boolean;
  /** Told how far into the image the device has asked, in bytes. */
  readonly onProgress: (bytesDone: number) => void;
}

/** A download that is open to be fetched. */
export interface OpenDownload {
  readonly download: Download;
  /** The same for the same image: devices compare it to go on after a break. */
  readonly etag: Uint8Array;
}

/**
 * Images that devices may fetch, each behind an address of its own that is good for one attempt.
 *
 * The last segment of an address is a token of 128 bits, made by a keyed hash from the attempt: nobody guesses it, and
 * after a restart the same attempt has the same address, so that a device goes on where it was. It stands in the path,
 * since some devices drop the query of a Package URI. Tokens are found by their hash, so the time of a search tells
 * nothing about those that exist.
 *
 * A device that hears "not found" calls the address wrong, for good (Update Result 7). So for {@link forgivingFor} after the
 * start only an address that was closed since is not found, and one that is not known is asked for again later. One that is
 * held, as in a pause, is asked for again later for {@link heldFor}.
 */
export class Downloads {
  readonly #secret: Uint8Array;
  readonly #open = new Map<string, OpenDownload>();
  readonly #closed = new Set<string>();
  /** Until when each is held, on the monotonic clock; the one that was held first comes first. */
  readonly #held = new Map<string, number>();
  readonly #clock: Clock;
  readonly #forgivingUntil: number;

  /** `secret`: 16 bytes or more, kept over restarts. */
  constructor({ secret, clock }: { readonly secret: Uint8Array; readonly clock: Clock }) {
    this.#clock = clock;
    this.#forgivingUntil = clock.monotonic() + forgivingFor;
    invariant(secret.length >= secretBytesMin, `a download secret has ${secretBytesMin} bytes or more`);
    this.#secret = secret;
  }

  get count(): number {
    return this.#open.size;
  }

  /** The path of an attempt's image, which needs not be open. */
  pathOf(attempt: string): readonly [string, string] {
    return [downloadSegment, this.#tokenOf(attempt)];
  }

  /** Opens an image to be fetched, in place of what the attempt had open. Undefined when {@link downloadsMax} are. */
  open(download: Download): { close(): void; hold(): void } | undefined {
    const key = keyOf(this.#tokenOf(download.attempt));
    if (!this.#open.has(key) && this.#open.size >= downloadsMax) return undefined;
    const opened = { download, etag: Buffer.from(download.sha256.slice(0, 16), "hex") };
    this.#open.set(key, opened);
    this.#closed.delete(key);
    this.#held.delete(key);
    return {
      close: () => {
        if (this.#open.get(key) === opened) this.#close(key);
      },
      hold: () => {
        if (this.#open.get(key) === opened) this.#hold(key);
      },
    };
  }

  /** What stands at a token: a download to be given now, one to be asked for again later, or nothing. */
  find(token: string): OpenDownload | "later" | "gone" {
    const key = keyOf(token);
    const found = this.#open.get(key);
    if (found) return found.download.mayContinue() ? found : "later";
    const now = this.#clock.monotonic();
    if (this.#closed.has(key)) return "gone";
    return now < this.#forgivingUntil || now < (this.#held.get(key) ?? 0) ? "later" : "gone";
  }

  #hold(key: string): void {
    this.#open.delete(key);
    this.#held.set(key, this.#clock.monotonic() + heldFor);
    const oldest = this.#held.keys().next();
    if (this.#held.size > heldMax && !oldest.done) this.#held.delete(oldest.value);
  }

  #close(key: string): void {
    this.#open.delete(key);
    this.#closed.add(key);
    const oldest = this.#closed.keys().next();
    if (this.#closed.size > closedMax && !oldest.done) this.#closed.delete(oldest.value);
  }

  /** Answers a request whose path begins with {@link downloadSegment} (RFC 7959 §2.4: any block, in any order). */
  answer(request: IncomingRequest): void {
    const [, token, ...more] = request.path;
    if (request.method !== GET) return request.respond({ code: METHOD_NOT_ALLOWED });
    const found = token !== undefined && more.length === 0 ? this.find(token) : "gone";
    if (found === "gone") return request.respond({ code: NOT_FOUND });
    if (found === "later") return request.respond({ code: SERVICE_UNAVAILABLE, maxAge: downloadRetrySeconds });
    const { image, onProgress } = found.download;
    const { number, size } = request.block2 ?? { number: 0, size: 1_024 };
    request.respond({ code: CONTENT, contentFormat: contentFormat.opaque, payload: image, etag: found.etag }, () =>
      onProgress(Math.min(image.length, (number + 1) * size)),
    );
  }

  #tokenOf(attempt: string): string {
    return createHmac("sha256", this.#secret).update(attempt).digest().subarray(0, tokenBytes).toString("base64url");
  }
}

const keyOf = (token: string): string => createHash("sha256").update(token).digest("base64");
