import type { Cancel } from "@lamplighter/runtime/clock";
import { type Duration, seconds } from "@lamplighter/runtime/duration";
import { delaysMax, type FetchFailure, type FetchWorld, silencePause, silencesMax, usualDelay } from "./fetch-world.ts";
import type { HttpAnswer } from "./http-get.ts";
import type { PartialImage } from "./partial-image.ts";

/** Fetches an image over HTTP, and after a break goes on with a range request (RFC 9110 §14). */
export function fetchByHttp(uri: string, kept: PartialImage, world: FetchWorld): Cancel {
  const { httpGet } = world;
  let isStopped = false;
  let silences = 0;
  let delays = 0;
  let stop: Cancel = () => {};

  const askAgain = (delay: Duration) => {
    stop();
    stop = world.after(delay, ask);
  };
  const end = (result: FetchFailure) => {
    isStopped = true;
    stop();
    world.onEnd({ result });
  };
  const broken = () => (silences++ < silencesMax ? askAgain(silencePause) : end(4));

  function ask(): void {
    if (!httpGet) return end(7);
    // Without a tag nobody can tell whether the rest belongs to what is here.
    if (kept.tag === undefined) kept.restart();
    let isGiven = false;
    stop = httpGet(
      { uri, from: kept.bytes, tag: kept.tag },
      {
        onAnswer: (answer) => {
          isGiven = take(answer);
        },
        onPart: (part) => {
          if (!isGiven || isStopped) return;
          silences = 0;
          kept.add(part);
          if (kept.bytes > world.bytesMax) return end(2);
          world.onPart(part.length);
        },
        onEnd: (how) => {
          if (isStopped) return;
          if (how === "broken") return broken();
          if (!isGiven) return;
          if (kept.bytesTotal !== undefined && kept.bytes !== kept.bytesTotal) return broken();
          isStopped = true;
          world.onEnd({ image: kept.whole() });
        },
      },
    );
  }

  /** Whether what follows is the image, from where `kept` ends. */
  function take({ status, tag, from, bytesTotal, retryAfterSeconds }: HttpAnswer): boolean {
    if (isStopped) return false;
    if ((bytesTotal ?? 0) > world.bytesMax) {
      end(2);
      return false;
    }
    if (status === 200) {
      kept.restart(tag, bytesTotal);
      return true;
    }
    if (status === 206 && from === kept.bytes && tag === kept.tag) return true;
    if (status === 206 || status === 416) {
      // Another image stands there now, and what is here is no part of it.
      kept.restart();
      broken();
    } else if (status === 503 || status === 429) {
      if (delays++ < delaysMax) askAgain(retryAfterSeconds === undefined ? usualDelay : seconds(retryAfterSeconds));
      else end(4);
    } else if (status >= 500) broken();
    else end(7);
    return false;
  }

  ask();
  return () => {
    isStopped = true;
    stop();
  };
}
