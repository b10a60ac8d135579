import { readBlock } from "@lamplighter/coap/block";
import { CONTENT, GET, SERVICE_UNAVAILABLE } from "@lamplighter/coap/code";
import type { CoapEndpoint, RequestOutcome } from "@lamplighter/coap/endpoint";
import { findOption, findUint, option } from "@lamplighter/coap/option";
import type { Cancel } from "@lamplighter/runtime/clock";
import type { Address } from "@lamplighter/runtime/datagram";
import { type Duration, seconds } from "@lamplighter/runtime/duration";

/** Where an image is, as a Package URI says. */
export interface ImageSource {
  readonly peer: Address;
  readonly path: readonly string[];
}

export interface FetchWorld {
  readonly endpoint: CoapEndpoint;
  readonly after: (delay: Duration, wake: () => void) => Cancel;
  readonly bytesMax: number;
  /** A block came; `share` of the image is here, 0 to 1, when the server said how large it is. */
  readonly onBlock: (block: { readonly bytes: number; readonly share: number | undefined }) => void;
  /** The image, or the Update Result that says why there is none (OMA object 5, resource 5). */
  readonly onEnd: (end: { readonly image: Uint8Array } | { readonly result: 2 | 4 | 7 }) => void;
}

const blockSize = 1_024;
/** How often a block is asked for again, after the endpoint's own retransmissions, before the connection counts as lost. */
const silencesMax = 5;
const silencePause = seconds(10);
/** How often the server may say "later". */
const delaysMax = 500;
const usualDelaySeconds = 30;

/** Reads a `coap` Package URI (RFC 7252 §6.1). Undefined for any other scheme, and for what is no URI. */
export function imageSource(uri: string): ImageSource | undefined {
  const [, peer, path] = /^coap:\/\/([^/?#]+)\/([^?#]*)$/.exec(uri) ?? [];
  if (peer === undefined || path === undefined) return undefined;
  return { peer: /:\d+$/.test(peer) ? peer : `${peer}:5683`, path: path.split("/") };
}

/** Fetches an image block by block (RFC 7959 §2.4), patiently. Returns how to stop it; `onEnd` is not called then. */
export function fetchImage({ peer, path }: ImageSource, world: FetchWorld): Cancel {
  let parts: Uint8Array[] = [];
  let etag = "";
  let isStopped = false;
  let silences = 0;
  let delays = 0;
  let pause: Cancel = () => {};

  const ask = (): void => {
    const block2 = { number: parts.length, size: blockSize } as const;
    world.endpoint.request({ peer, method: GET, path, block2 }, (outcome) => {
      if (!isStopped) take(outcome);
    });
  };
  const askAgain = (delay: Duration) => {
    pause = world.after(delay, ask);
  };
  const end = (result: 2 | 4 | 7) => {
    isStopped = true;
    world.onEnd({ result });
  };

  function take(outcome: RequestOutcome): void {
    if (outcome.kind === "cancelled") return;
    if (outcome.kind !== "response") return silences++ < silencesMax ? askAgain(silencePause) : end(4);
    silences = 0;
    const { code, options, payload } = outcome;
    if (code === SERVICE_UNAVAILABLE) {
      const delay = findUint(options, option.maxAge) ?? usualDelaySeconds;
      return delays++ < delaysMax ? askAgain(seconds(delay)) : end(4);
    }
    if (code !== CONTENT) return end(7);
    const tag = findOption(options, option.etag)?.join() ?? "";
    if (parts.length > 0 && tag !== etag) {
      // Another image stands there now: what is here is no part of it.
      parts = [];
      return ask();
    }
    etag = tag;
    parts.push(payload);
    const size = findUint(options, option.size2);
    const bytes = parts.length * blockSize;
    if ((size ?? bytes) > world.bytesMax + blockSize) return end(2);
    const total = size ?? announced;
    announced = total;
    world.onBlock({ bytes: payload.length, share: total && Math.min(1, bytes / total) });
    if (isStopped) return;
    const value = findOption(options, option.block2);
    if (value && readBlock(value)?.more) return ask();
    isStopped = true;
    world.onEnd({ image: new Uint8Array(Buffer.concat(parts)) });
  }
  let announced: number | undefined;

  ask();
  return () => {
    isStopped = true;
    pause();
  };
}
