import type { HandshakeFragment, HandshakeMessage } from "./handshake-message.ts";

/** Bounds of what one peer's unfinished handshake may make us keep. Beyond each, the fragment is dropped. */
export const assemblyLimits = {
  /** Bytes of one message: a certificate chain of a constrained device fits many times. */
  messageBytesMax: 8_192,
  /** Messages ahead of the one that is due: a whole flight that came in the wrong order. */
  aheadMax: 6,
  /** Bytes of all messages kept at once. */
  keptBytesMax: 16_384,
} as const;

/** A whole message, and the epoch of the records that all of it came in. */
export type AssembledMessage = HandshakeMessage & { readonly epoch: number };

interface Partial {
  readonly type: number;
  readonly epoch: number;
  readonly body: Uint8Array;
  /** A bit for each byte of it that came. */
  readonly has: Uint8Array;
  missing: number;
}

/**
 * Puts one peer's handshake messages together and gives them out in order, each once (RFC 6347 §4.2.2, §4.2.3).
 *
 * Pieces may come late, twice, cut differently, or one over the other; the byte that came first stays. A piece that
 * disagrees with an earlier one about its message's type or length is dropped.
 *
 * No message is made of pieces of two epochs. What came protected takes the place of what came in the clear, for anybody may
 * have sent that.
 */
export class MessageAssembly {
  readonly #partials = new Map<number, Partial>();
  #due: number;
  #keptBytes = 0;

  constructor(firstSequence: number) {
    this.#due = firstSequence;
  }

  /** Sequence number of the message that comes next. */
  get due(): number {
    return this.#due;
  }

  /** Takes a piece; returns the messages that are whole now and in turn. */
  take(fragment: HandshakeFragment, epoch: number): AssembledMessage[] {
    const partial = this.#partialOf(fragment, epoch);
    if (!partial) return [];
    fill(partial, fragment);
    const whole: AssembledMessage[] = [];
    for (;;) {
      const next = this.#partials.get(this.#due);
      if (!next || next.missing > 0) return whole;
      this.#partials.delete(this.#due);
      this.#keptBytes -= next.body.length;
      whole.push({ type: next.type, sequence: this.#due++, body: next.body, epoch: next.epoch });
    }
  }

  #partialOf({ type, sequence, length }: HandshakeFragment, epoch: number): Partial | undefined {
    const { messageBytesMax, aheadMax, keptBytesMax } = assemblyLimits;
    if (sequence < this.#due || sequence > this.#due + aheadMax) return undefined;
    const known = this.#partials.get(sequence);
    if (known && epoch <= known.epoch) {
      return known.epoch === epoch && known.type === type && known.body.length === length ? known : undefined;
    }
    if (known) {
      this.#partials.delete(sequence);
      this.#keptBytes -= known.body.length;
    }
    // Before anything is allocated: the length is only what a stranger claims.
    if (length > messageBytesMax || this.#keptBytes + length > keptBytesMax) return undefined;
    const has = new Uint8Array(Math.ceil(length / 8));
    const partial = { type, epoch, body: new Uint8Array(length), has, missing: length };
    this.#partials.set(sequence, partial);
    this.#keptBytes += length;
    return partial;
  }
}

function fill(partial: Partial, { offset, body }: HandshakeFragment): void {
  for (let index = 0; index < body.length; index++) {
    const at = offset + index;
    const bit = 1 << (at & 7);
    if ((partial.has[at >> 3]! & bit) !== 0) continue;
    partial.has[at >> 3]! |= bit;
    partial.body[at] = body[index]!;
    partial.missing--;
  }
}
