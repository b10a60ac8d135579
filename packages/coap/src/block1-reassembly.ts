import { type Duration, seconds } from "@lamplighter/runtime/duration";
import type { Block } from "./block.ts";
import { join } from "./block2-assembly.ts";
import type { EndpointLimits } from "./limits.ts";
import { exchangeLifetime } from "./retransmission.ts";

/** One block of a request as it arrived. `key` names the peer and the request it belongs to. */
export interface ArrivedBlock {
  readonly key: string;
  readonly block: Block;
  readonly payload: Uint8Array;
  /** The size the sender announced (Size1), if it did. */
  readonly announced: number | undefined;
}

export type BlockVerdict =
  | { readonly kind: "continue" }
  | { readonly kind: "complete"; readonly payload: Uint8Array; readonly blocks: number }
  /** 4.08: a block is missing, or its transfer is unknown. */
  | { readonly kind: "incomplete" }
  /** 4.13 with this limit. */
  | { readonly kind: "too-large"; readonly bytesMax: number }
  /** 5.03: no room for one more transfer now. */
  | { readonly kind: "busy" }
  /** 4.00: not the last block, yet not full. */
  | { readonly kind: "bad-block" };

interface Reassembly {
  parts: Uint8Array[];
  bytes: number;
  blocks: number;
  lastBytes: number;
  touchedAt: number;
}

type ReassemblyLimits = Pick<EndpointLimits, "requestBytesMax" | "reassembliesMax" | "reassemblyBytesMax">;

/** A block may have 16 bytes, and to keep each by itself costs ten times as much: so many are put together to one part. */
const partsMax = 64;

/**
 * Where there is no room left, a transfer that was silent for so long gives way to another: anybody may begin one from any
 * address and never go on, and who means it comes again within this time even where two of its messages were lost.
 */
export const yieldsAfter: Duration = seconds(10);

/**
 * Puts requests together from Block1 blocks (RFC 7959 §2.5). Blocks must come in order; block 0 begins anew.
 *
 * Bounded per request, in number and in total. A transfer that stays silent for EXCHANGE_LIFETIME is forgotten, one silent
 * for {@link yieldsAfter} makes room when room is asked for; so there is no timer. Times are monotonic milliseconds.
 */
export class Block1Reassemblies {
  readonly #limits: ReassemblyLimits;
  // In order of their last block: the first one has been silent longest.
  readonly #transfers = new Map<string, Reassembly>();
  #bytes = 0;

  constructor(limits: ReassemblyLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#transfers.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add({ key, block, payload, announced }: ArrivedBlock, now: number): BlockVerdict {
    this.#dropSilent(now);
    const { requestBytesMax } = this.#limits;
    const offset = block.number * block.size;
    if (block.more ? payload.length !== block.size : payload.length > block.size) return { kind: "bad-block" };
    if (Math.max(offset + payload.length, announced ?? 0) > requestBytesMax) {
      this.drop(key);
      return { kind: "too-large", bytesMax: requestBytesMax };
    }
    if (block.number === 0) this.drop(key);
    const transfer = this.#transfers.get(key) ?? (block.number === 0 ? this.#start(now) : undefined);
    if (!transfer) return { kind: block.number === 0 ? "busy" : "incomplete" };

    // The peer did not hear our answer and sent the block again under a new message id.
    const isRepeated = transfer.blocks > 0 && block.more && offset === transfer.bytes - transfer.lastBytes;
    if (!isRepeated) {
      if (offset !== transfer.bytes) {
        this.drop(key);
        return { kind: "incomplete" };
      }
      const isFull = () => this.#bytes + payload.length > this.#limits.reassemblyBytesMax;
      while (isFull() && this.#yield(key, now));
      if (isFull()) {
        this.drop(key);
        return { kind: "busy" };
      }
      transfer.parts.push(payload);
      transfer.bytes += payload.length;
      transfer.blocks++;
      transfer.lastBytes = payload.length;
      this.#bytes += payload.length;
      if (transfer.parts.length >= partsMax) transfer.parts = [join(transfer.parts, transfer.bytes)];
    }
    transfer.touchedAt = now;
    this.#transfers.delete(key);
    this.#transfers.set(key, transfer);
    if (block.more) return { kind: "continue" };
    this.drop(key);
    return { kind: "complete", payload: join(transfer.parts, transfer.bytes), blocks: transfer.blocks };
  }

  drop(key: string): void {
    const transfer = this.#transfers.get(key);
    if (!transfer) return;
    this.#transfers.delete(key);
    this.#bytes -= transfer.bytes;
  }

  #start(now: number): Reassembly | undefined {
    if (this.#transfers.size >= this.#limits.reassembliesMax && !this.#yield(undefined, now)) return undefined;
    return { parts: [], bytes: 0, blocks: 0, lastBytes: 0, touchedAt: 0 };
  }

  /** Drops the transfer that was silent longest, for the one at `key`. False when none was silent for long. */
  #yield(key: string | undefined, now: number): boolean {
    for (const [other, { touchedAt }] of this.#transfers) {
      if (touchedAt + yieldsAfter > now) return false;
      if (other === key) continue;
      this.drop(other);
      return true;
    }
    return false;
  }

  #dropSilent(now: number): void {
    for (const [key, transfer] of this.#transfers) {
      if (transfer.touchedAt + exchangeLifetime > now) return;
      this.drop(key);
    }
  }
}
