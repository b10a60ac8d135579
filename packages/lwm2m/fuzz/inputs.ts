import fc from "fast-check";

/** How many inputs are generated at a time: large enough to be fast, small enough not to matter in memory. */
const batchSize = 1_000;

/** Lengths, counts and markers at which parsers go wrong, as bytes. */
const notable: readonly number[] = [0x00, 0x01, 0x7f, 0x80, 0xff, 0xfe, 0x3f, 0x1f, 0x18, 0x5b, 0x7b, 0x22, 0x2c, 0x3b];

interface Change {
  readonly kind: number;
  /** Where, as a share of the length in 65,536ths, so that a change is meaningful for inputs of any length. */
  readonly at: number;
  readonly byte: number;
}

const changes = fc.array(
  fc.record({ kind: fc.nat(7), at: fc.nat(65_535), byte: fc.nat(255) }, { noNullPrototype: true }),
  { minLength: 1, maxLength: 6 },
);

/**
 * Endless inputs for a parser: one in five is arbitrary bytes, the others are real ones with a few changes.
 *
 * The same seed gives the same inputs, whatever happens meanwhile.
 */
export function* inputs(corpus: readonly Uint8Array[], seed: number): Generator<Uint8Array> {
  const bytes = fc.oneof(
    { arbitrary: fc.uint8Array({ maxLength: 64, size: "max" }), weight: 4 },
    { arbitrary: fc.uint8Array({ maxLength: 1_280, size: "max" }), weight: 1 },
  );
  const real = fc.constantFrom(...corpus);
  const changed = fc.tuple(real, changes, real).map(([from, list, other]) => mutated(from, list, other));
  const either = fc.oneof({ arbitrary: bytes, weight: 1 }, { arbitrary: changed, weight: 4 });
  for (let batch = 0; ; batch++) yield* fc.sample(either, { numRuns: batchSize, seed: seed + batch });
}

/** A copy of `from` with each change made in turn; `other` is what a splice takes its bytes from. */
function mutated(from: Uint8Array, list: readonly Change[], other: Uint8Array): Uint8Array {
  let bytes: Uint8Array = Uint8Array.from(from);
  for (const { kind, at: share, byte } of list) {
    const at = (share * bytes.length) >>> 16;
    const count = 1 + (byte & 15);
    switch (kind) {
      case 0:
        bytes[at] = byte;
        break;
      case 1:
        bytes[at] = notable[byte % notable.length]!;
        break;
      case 2:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << (byte & 7));
        break;
      case 3:
        bytes = bytes.slice(0, at);
        break;
      case 4:
        bytes = joined(bytes.subarray(0, at), bytes.subarray(at + count));
        break;
      case 5:
        bytes = joined(bytes.subarray(0, at + count), bytes.subarray(at));
        break;
      case 6:
        bytes = joined(bytes.subarray(0, at), new Uint8Array(count).fill(byte), bytes.subarray(at));
        break;
      default:
        bytes = joined(bytes.subarray(0, at), other.subarray((share * other.length) >>> 16));
    }
  }
  return bytes;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}
