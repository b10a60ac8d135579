import { type Block, blockNumberMax } from "./block.ts";
import { CONTINUE, isSuccess, REQUEST_ENTITY_TOO_LARGE } from "./code.ts";
import type { BlockSize } from "./limits.ts";

/** Where the sending of a large request stands: which block goes next, cut from `bytesTotal` bytes. */
export interface Block1Transfer {
  readonly offset: number;
  readonly size: BlockSize;
  readonly bytesTotal: number;
}

/** What an answer says about block-wise sending. */
export interface Block1Answer {
  readonly code: number;
  readonly block1: Block | undefined;
}

export type Block1Verdict =
  /** The block was taken; go on from the new state. */
  | { readonly kind: "next"; readonly state: Block1Transfer }
  /** The block was not taken; send from the new state, in smaller blocks. */
  | { readonly kind: "smaller"; readonly state: Block1Transfer }
  /** The answer to the request as a whole, whatever its code. */
  | { readonly kind: "final" }
  /** An answer about another block: a late one, to be ignored. */
  | { readonly kind: "stale" }
  | { readonly kind: "broken"; readonly why: string };

export const isLastBlock = ({ offset, size, bytesTotal }: Block1Transfer): boolean => offset + size >= bytesTotal;

/** Whether a payload of so many bytes can be numbered in blocks of this size (20 bits of block number). */
export const fitsBlocks = (bytesTotal: number, size: BlockSize): boolean => bytesTotal <= (blockNumberMax + 1) * size;

/**
 * Says how a Block1 transfer goes on after an answer (RFC 7959 §2.3, §2.5, §2.9).
 *
 * Any answer but 2.31 ends the transfer with its code, also in the middle: 4.13, 4.04 or 5.00 at block 2 of 256 must not
 * be followed by 254 blocks and a success. Three answers go on: 2.31; a success that names the very block, from a server
 * that stores block by block; and 4.13 with a smaller block size, which asks for exactly that.
 */
export function nextBlock1(state: Block1Transfer, { code, block1 }: Block1Answer): Block1Verdict {
  const isLast = isLastBlock(state);
  const current = state.offset / state.size;

  if (code === REQUEST_ENTITY_TOO_LARGE) {
    if (!block1 || block1.size >= state.size) return { kind: "final" };
    return { kind: "smaller", state: { ...state, size: block1.size } };
  }
  if (!isSuccess(code)) return { kind: "final" };
  if (block1 && block1.number !== current) return { kind: "stale" };

  if (isLast) {
    return code === CONTINUE ? { kind: "broken", why: "asked to continue after the last block" } : { kind: "final" };
  }
  if (code !== CONTINUE && !block1) {
    return { kind: "broken", why: "answered as complete before the last block was sent" };
  }
  const size = block1 && block1.size < state.size ? block1.size : state.size;
  const offset = state.offset + state.size;
  return { kind: "next", state: { ...state, offset, size } };
}
