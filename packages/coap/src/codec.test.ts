import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeMessage, encodeMessage, MalformedMessage } from "./codec.ts";
import type { CoapOption, Message, MessageType } from "./message.ts";

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));
const ascii = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "latin1"));
const nothing = new Uint8Array(0);

const golden: readonly { readonly from: string; readonly bytes: Uint8Array; readonly message: Message }[] = [
  {
    from: "RFC 7252 appendix A, figure 16: GET coap://server/temperature",
    bytes: hex("40 01 7d34 bb 74656d7065726174757265"),
    message: {
      type: 0,
      code: 0x01,
      messageId: 0x7d34,
      token: nothing,
      options: [{ number: 11, value: ascii("temperature") }],
      payload: nothing,
    },
  },
  {
    from: 'RFC 7252 appendix A, figure 16: 2.05 with "22.3 C"',
    bytes: hex("60 45 7d34 ff 32322e332043"),
    message: { type: 2, code: 0x45, messageId: 0x7d34, token: nothing, options: [], payload: ascii("22.3 C") },
  },
  {
    from: "RFC 7252 appendix A, figure 17: the same with the token 0x20",
    bytes: hex("41 01 7d35 20 bb 74656d7065726174757265"),
    message: {
      type: 0,
      code: 0x01,
      messageId: 0x7d35,
      token: hex("20"),
      options: [{ number: 11, value: ascii("temperature") }],
      payload: nothing,
    },
  },
  {
    from: "RFC 7252 appendix A, figure 20: empty acknowledgement",
    bytes: hex("60 00 7d38"),
    message: { type: 2, code: 0, messageId: 0x7d38, token: nothing, options: [], payload: nothing },
  },
  {
    from: "RFC 7641 appendix A.1, figure 2: notification with Observe 12 and Max-Age 15",
    bytes: hex("51 45 1234 4a 61 0c 81 0f ff 31382e352043656c"),
    message: {
      type: 1,
      code: 0x45,
      messageId: 0x1234,
      token: hex("4a"),
      options: [
        { number: 6, value: hex("0c") },
        { number: 14, value: hex("0f") },
      ],
      payload: ascii("18.5 Cel"),
    },
  },
  {
    from: "RFC 7959 §3.2, figure 7: the second block, 1:1/1/128, acknowledged with 2.31",
    bytes: hex("60 5f 04d3 d1 0e 1b"),
    message: {
      type: 2,
      code: 0x5f,
      messageId: 0x04d3,
      token: nothing,
      options: [{ number: 27, value: hex("1b") }],
      payload: nothing,
    },
  },
  {
    from: "RFC 7252 §3.1: two-byte extended delta and one-byte extended length",
    bytes: hex(`40 01 0001 ed 0190 01 ${"aa".repeat(14)}`),
    message: {
      type: 0,
      code: 0x01,
      messageId: 1,
      token: nothing,
      options: [{ number: 669, value: hex("aa".repeat(14)) }],
      payload: nothing,
    },
  },
];

describe("golden vectors", () => {
  for (const { from, bytes, message } of golden) {
    test(`${from}, read`, () => expect(plain(decodeMessage(bytes))).toEqual(plain(message)));
    test(`${from}, written`, () => expect(Buffer.from(encodeMessage(message)).toString("hex")).toBe(toHex(bytes)));
  }
});

const refused: readonly (readonly [why: string, bytes: string])[] = [
  ["nothing at all", ""],
  ["a header cut short", "40 01 00"],
  ["version 0 (RFC 7252 §3)", "00 01 0001"],
  ["version 2 (RFC 7252 §3)", "80 01 0001"],
  ["a token length of 9 (RFC 7252 §3)", "49 01 0001 010203040506070809"],
  ["a token that runs past the end", "44 01 0001 0102"],
  ["an empty message with a token (RFC 7252 §4.1)", "41 00 0001 01"],
  ["an empty message with more behind it (RFC 7252 §4.1)", "40 00 0001 ff 01"],
  ["the reserved code class 1 (RFC 7252 §12.1.3)", "40 20 0001"],
  ["the reserved code class 6", "40 c0 0001"],
  ["the reserved code class 7", "40 e1 0001"],
  ["a payload marker without payload (RFC 7252 §3)", "40 01 0001 ff"],
  ["an option delta of 15 that is no payload marker (RFC 7252 §3.1)", "40 01 0001 f1 00"],
  ["an option length of 15 (RFC 7252 §3.1)", "40 01 0001 1f"],
  ["an extended delta without its byte", "40 01 0001 d0"],
  ["an extended delta with one byte of two", "40 01 0001 e0 00"],
  ["an extended length without its byte", "40 01 0001 1d"],
  ["an extended length with one byte of two", "40 01 0001 1e 00"],
  ["an option value that runs past the end", "40 01 0001 b4 616263"],
  ["an option number above 65535", "40 01 0001 e0 fef3 e0 0000"],
];

describe("refused", () => {
  for (const [why, bytes] of refused) {
    test(why, () => expect(() => decodeMessage(hex(bytes))).toThrow(MalformedMessage));
  }
});

const bytesUpTo = (maxLength: number) => fc.uint8Array({ maxLength });
const anyMessage: fc.Arbitrary<Message> = fc.record({
  type: fc.constantFrom<MessageType>(0, 1, 2, 3),
  code: fc.oneof(fc.integer({ min: 1, max: 31 }), fc.integer({ min: 64, max: 191 })),
  messageId: fc.integer({ min: 0, max: 0xffff }),
  token: bytesUpTo(8),
  options: fc
    .array(fc.record({ number: fc.integer({ min: 0, max: 0xffff }), value: bytesUpTo(300) }), { maxLength: 8 })
    .map((options) => options.toSorted((a, b) => a.number - b.number) as readonly CoapOption[]),
  payload: bytesUpTo(1024),
});

test("whatever is written reads back the same", () => {
  fc.assert(
    fc.property(anyMessage, (message) => {
      expect(plain(decodeMessage(encodeMessage(message)))).toEqual(plain(message));
    }),
  );
});

test("options given out of order are written in order, equal numbers in the order given (RFC 7252 §3.1)", () => {
  const options = [
    { number: 17, value: hex("3c") },
    { number: 11, value: ascii("b") },
    { number: 11, value: ascii("a") },
  ];
  const message: Message = { type: 0, code: 1, messageId: 1, token: nothing, options, payload: nothing };
  expect(decodeMessage(encodeMessage(message)).options.map(({ number, value }) => [number, toHex(value)])).toEqual([
    [11, "62"],
    [11, "61"],
    [17, "3c"],
  ]);
});

test("no bytes make the reader throw anything but MalformedMessage, and it leaves them as they were", () => {
  const almost = fc
    .tuple(anyMessage, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }), fc.nat())
    .map(([message, flips, cut]) => {
      const bytes = encodeMessage(message).slice();
      for (const [at, value] of flips) bytes[at % bytes.length] = value;
      return bytes.slice(0, 1 + (cut % bytes.length));
    });
  fc.assert(
    fc.property(fc.oneof(bytesUpTo(64), almost), (bytes) => {
      const before = bytes.slice();
      try {
        // What reads as a message must also write as one, to the same bytes or to a shorter spelling of them.
        const message = decodeMessage(bytes);
        expect(plain(decodeMessage(encodeMessage(message)))).toEqual(plain(message));
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedMessage);
      }
      expect(bytes).toEqual(before);
    }),
    { numRuns: 5_000 },
  );
});

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function plain(message: Message) {
  const options = message.options.map(({ number, value }) => [number, toHex(value)]);
  return { ...message, token: toHex(message.token), payload: toHex(message.payload), options };
}
