import type { EndpointLimits } from "./limits.ts";
import type { CoapOption } from "./message.ts";
import { exchangeLifetime } from "./retransmission.ts";

/** An answer larger than one block, kept while its peer fetches the rest. */
export interface LargeAnswer {
  readonly code: number;
  readonly options: readonly CoapOption[];
  readonly payload: Uint8Array;
  readonly etag: Uint8Array;
}

type AnswerLimits = Pick<EndpointLimits, "largeAnswersMax" | "largeAnswerBytesMax">;

/**
 * Keeps large answers by peer and request, so that all blocks are cut from one representation (RFC 7959 §2.4).
 *
 * Bounded in number and bytes; the one stored longest ago goes first, and each goes after EXCHANGE_LIFETIME. Times are
 * monotonic milliseconds.
 */
export class LargeAnswers {
  readonly #limits: AnswerLimits;
  readonly #answers = new Map<string, { readonly answer: LargeAnswer; readonly storedAt: number }>();
  #bytes = 0;

  constructor(limits: AnswerLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#answers.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  find(key: string, now: number): LargeAnswer | undefined {
    this.#makeRoom(now, 0);
    return this.#answers.get(key)?.answer;
  }

  keep(key: string, answer: LargeAnswer, now: number): void {
    this.drop(key);
    this.#makeRoom(now, answer.payload.length);
    this.#answers.set(key, { answer, storedAt: now });
    this.#bytes += answer.payload.length;
  }

  drop(key: string): void {
    const kept = this.#answers.get(key);
    if (!kept) return;
    this.#answers.delete(key);
    this.#bytes -= kept.answer.payload.length;
  }

  #makeRoom(now: number, bytes: number): void {
    const { largeAnswersMax, largeAnswerBytesMax } = this.#limits;
    for (const [key, { storedAt }] of this.#answers) {
      const isFull = bytes > 0 && (this.#answers.size >= largeAnswersMax || this.#bytes + bytes > largeAnswerBytesMax);
      if (storedAt + exchangeLifetime > now && !isFull) return;
      this.drop(key);
    }
  }
}

/** A tag that changes when the payload does: FNV-1a, 32 bits. It tells representations apart and proves nothing. */
export function etagOf(payload: Uint8Array): Uint8Array {
  let hash = 0x811c9dc5;
  for (let index = 0; index < payload.length; index++) hash = Math.imul(hash ^ payload[index]!, 0x01000193);
  return Uint8Array.of(hash >>> 24, (hash >> 16) & 0xff, (hash >> 8) & 0xff, hash & 0xff);
}
