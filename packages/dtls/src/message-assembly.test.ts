import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeFragments, fragmentsOf, type HandshakeMessage } from "./handshake-message.ts";
import { MalformedRecord } from "./malformed-record.ts";
import { assemblyLimits, MessageAssembly } from "./message-assembly.ts";

const message = (sequence: number, length: number): HandshakeMessage => ({
  type: 11,
  sequence,
  body: new Uint8Array(length).map((_, index) => (index * 7 + sequence) & 255),
});

test("messages come out whole and in order, however they were cut, doubled and mixed", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 20, max: 300 }),
      fc.integer({ min: 20, max: 300 }),
      fc.infiniteStream(fc.nat()),
      (lengths, cut, otherCut, dice) => {
        const messages = lengths.map((length, index) => message(index, length));
        const pieces = messages.flatMap((one) => [...fragmentsOf(one, cut), ...fragmentsOf(one, otherCut)]);
        for (let at = pieces.length - 1; at > 0; at--) {
          const other = dice.next().value % (at + 1);
          [pieces[at], pieces[other]] = [pieces[other]!, pieces[at]!];
        }
        const assembly = new MessageAssembly(0);
        const whole = pieces.flatMap((piece) =>
          [...decodeFragments(piece)].flatMap((fragment) => assembly.take(fragment, 0)),
        );
        expect(whole).toEqual(messages.map((one) => ({ ...one, epoch: 0 })));
      },
    ),
  );
});

test("the byte that came first stays: who writes over it changes nothing", () => {
  const assembly = new MessageAssembly(0);
  const [first, second] = fragmentsOf(message(0, 40), 32).map((piece) => [...decodeFragments(piece)][0]!);
  expect(assembly.take(first!, 0)).toEqual([]);
  assembly.take({ ...first!, body: new Uint8Array(first!.body.length).fill(255) }, 0);
  expect(assembly.take(second!, 0)).toEqual([{ ...message(0, 40), epoch: 0 }]);
});

test("no message is made of pieces of two epochs, and what came protected stays", () => {
  const pieces = fragmentsOf(message(0, 40), 32).map((piece) => [...decodeFragments(piece)][0]!);
  const forged = pieces.map((piece) => ({ ...piece, body: new Uint8Array(piece.body.length).fill(255) }));
  const [first, second] = [pieces[0]!, pieces[1]!];
  const assembly = new MessageAssembly(0);
  expect(assembly.take(forged[0]!, 0)).toEqual([]);
  expect(assembly.take(second, 1)).toEqual([]);
  expect(assembly.take(forged[0]!, 0)).toEqual([]);
  expect(assembly.take(first, 1)).toEqual([{ ...message(0, 40), epoch: 1 }]);
});

test("a message that is too long is dropped before anything is kept for it, even when it comes whole", () => {
  const whole = (length: number) => ({ type: 11, sequence: 0, length, offset: 0, body: new Uint8Array(length) });
  const assembly = new MessageAssembly(0);
  expect(assembly.take(whole(assemblyLimits.messageBytesMax + 1), 0)).toEqual([]);
  expect(assembly.due).toBe(0);
  expect(assembly.take(whole(assemblyLimits.messageBytesMax), 0)).toHaveLength(1);
});

test("a message that is too far ahead is dropped: when those before it have come, it has to come again", () => {
  const assembly = new MessageAssembly(0);
  const ahead = message(assemblyLimits.aheadMax + 1, 3);
  const take = (one: HandshakeMessage) =>
    assembly.take({ ...one, length: one.body.length, offset: 0 }, 0).map(({ sequence }) => sequence);
  expect(take(ahead)).toEqual([]);
  for (let sequence = 0; sequence <= assemblyLimits.aheadMax; sequence++) {
    expect(take(message(sequence, 3))).toEqual([sequence]);
  }
  expect(take(ahead)).toEqual([ahead.sequence]);
});

test("all messages kept at once have a bound together", () => {
  const assembly = new MessageAssembly(0);
  const half = assemblyLimits.keptBytesMax / 2;
  for (const sequence of [1, 2, 3]) {
    const length = Math.min(half, assemblyLimits.messageBytesMax);
    assembly.take({ type: 11, sequence, length, offset: 0, body: new Uint8Array(1) }, 0);
  }
  // The third found no room: when it comes whole it starts from nothing, and the first still goes through.
  expect(assembly.take({ type: 11, sequence: 0, length: 0, offset: 0, body: new Uint8Array(0) }, 0)).toHaveLength(1);
});

test.each([
  ["a header cut short", "0b0000"],
  ["a fragment past the end of its message", "0b00000400000000020000040102030405"],
  ["a fragment longer than the record", "0b000004000000000000000401"],
])("refused: %s", (_, hex) => {
  expect(() => [...decodeFragments(Buffer.from(hex, "hex"))]).toThrow(MalformedRecord);
});
