import type { Block } from "./block.ts";
import type { BlockSize } from "./limits.ts";

/** A response being put together from Block2 blocks. */
export interface Block2Assembly {
  /** Newest first, as a chain: adding to it copies nothing and leaves earlier states as they were. */
  readonly newest: Link | undefined;
  readonly bytes: number;
  readonly code: number;
  readonly etag: Uint8Array | undefined;
}

interface Link {
  readonly part: Uint8Array;
  readonly before: Link | undefined;
}

/** One response that carries a Block2 option. */
export interface Block2Part {
  readonly code: number;
  readonly block: Block;
  readonly etag: Uint8Array | undefined;
  readonly payload: Uint8Array;
}

export type Block2Verdict =
  /** Ask for `number` in blocks of `size` next. */
  | { readonly kind: "more"; readonly state: Block2Assembly; readonly number: number; readonly size: BlockSize }
  | { readonly kind: "complete"; readonly payload: Uint8Array }
  | { readonly kind: "broken"; readonly why: string };

export const emptyAssembly: Block2Assembly = { newest: undefined, bytes: 0, code: 0, etag: undefined };

/**
 * Adds a block to a response (RFC 7959 §2.4).
 *
 * Blocks are put together only when they are of one representation: same code, same ETag, each beginning where the one
 * before ended, each but the last full. `bytesMax` bounds the whole.
 */
export function addBlock2(state: Block2Assembly, part: Block2Part, bytesMax: number): Block2Verdict {
  const { block, payload, code, etag } = part;
  if (block.number * block.size !== state.bytes) return broken(`block ${block.number} came out of sequence`);
  if (block.more ? payload.length !== block.size : payload.length > block.size) {
    return broken(`block ${block.number} has ${payload.length} bytes instead of ${block.size}`);
  }
  if (state.newest) {
    if (code !== state.code) return broken("the code changed between blocks");
    if (!sameBytes(etag, state.etag)) return broken("the representation changed between blocks");
  }
  const bytes = state.bytes + payload.length;
  if (bytes > bytesMax) return broken(`the response is larger than ${bytesMax} bytes`);
  const newest = { part: payload, before: state.newest };
  if (block.more) {
    return { kind: "more", state: { newest, bytes, code, etag }, number: bytes / block.size, size: block.size };
  }
  return { kind: "complete", payload: join(inOrder(newest), bytes) };
}

function inOrder(newest: Link): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let link: Link | undefined = newest; link; link = link.before) parts.push(link.part);
  return parts.reverse();
}

const broken = (why: string): Block2Verdict => ({ kind: "broken", why });

/** Whether two optional byte strings are equal; both absent counts as equal. */
export function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === b) return true;
  if (!a || !b || a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}

/** Puts byte strings, `bytes` long together, one after the other. */
export function join(parts: readonly Uint8Array[], bytes: number): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
