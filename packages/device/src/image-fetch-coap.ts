import { readBlock } from "@lamplighter/coap/block";
import { BAD_OPTION, CONTENT, GET, SERVICE_UNAVAILABLE } from "@lamplighter/coap/code";
import type { RequestOutcome } from "@lamplighter/coap/endpoint";
import type { BlockSize } from "@lamplighter/coap/limits";
import { findOption, findUint, option } from "@lamplighter/coap/option";
import type { Cancel } from "@lamplighter/runtime/clock";
import { type Duration, seconds } from "@lamplighter/runtime/duration";
import { delaysMax, type FetchFailure, type FetchWorld, silencePause, silencesMax, usualDelay } from "./fetch-world.ts";
import type { ImageSource } from "./image-source.ts";
import type { PartialImage } from "./partial-image.ts";

const usualBlockSize = 1_024;

/** Fetches an image block by block over CoAP (RFC 7959 §2.4), from the first block that `kept` has not whole. */
export function fetchByCoap(
  { peer, path }: Extract<ImageSource, { protocol: "coap" | "coaps" }>,
  kept: PartialImage,
  world: FetchWorld,
): Cancel {
  let size: BlockSize = usualBlockSize;
  let isStopped = false;
  let silences = 0;
  let delays = 0;
  let pause: Cancel = () => {};
  kept.cutToBlocks(size);

  const ask = (): void => {
    const block2 = { number: kept.bytes / size, size };
    world.endpoint.request({ peer, method: GET, path, block2 }, (outcome) => {
      if (!isStopped) take(outcome);
    });
  };
  const askAgain = (delay: Duration) => {
    pause = world.after(delay, ask);
  };
  const end = (result: FetchFailure) => {
    isStopped = true;
    world.onEnd({ result });
  };
  const restart = () => {
    kept.restart();
    size = usualBlockSize;
    ask();
  };

  function take(outcome: RequestOutcome): void {
    if (outcome.kind === "cancelled") return;
    if (outcome.kind !== "response") return silences++ < silencesMax ? askAgain(silencePause) : end(4);
    const { code, options, payload } = outcome;
    if (code === SERVICE_UNAVAILABLE) {
      silences = 0;
      const maxAge = findUint(options, option.maxAge);
      return delays++ < delaysMax ? askAgain(maxAge === undefined ? usualDelay : seconds(maxAge)) : end(4);
    }
    // The image that stands there now ends before where we are.
    if (code === BAD_OPTION && kept.bytes > 0) return restart();
    if (code !== CONTENT) return end(7);
    const tag = findOption(options, option.etag)?.join() ?? "";
    // Another image stands there now: what is here is no part of it.
    if (kept.bytes > 0 && tag !== kept.tag) return restart();
    const value = findOption(options, option.block2);
    const block = value && readBlock(value);
    const at = block ? block.number * block.size : 0;
    // A block that was not asked for, or a whole image in the place of one: as if nothing had come.
    if (at !== kept.bytes) return silences++ < silencesMax ? askAgain(silencePause) : end(4);
    silences = 0;
    if (at === 0) kept.restart(tag, findUint(options, option.size2));
    // The server may send smaller blocks than were asked for (RFC 7959 §2.4).
    if (block) size = block.size;
    kept.add(payload);
    if ((kept.bytesTotal ?? kept.bytes) > world.bytesMax) return end(2);
    world.onPart(payload.length);
    if (isStopped) return;
    if (block?.more) return ask();
    isStopped = true;
    world.onEnd({ image: kept.whole() });
  }

  ask();
  return () => {
    isStopped = true;
    pause();
  };
}
