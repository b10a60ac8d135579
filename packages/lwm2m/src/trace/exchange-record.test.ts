import { encodeMessage } from "@lamplighter/coap/codec";
import { ACK, CON, type Message, NON, noBytes, RST } from "@lamplighter/coap/message";
import { textOption, uintOption } from "@lamplighter/coap/option";
import { expect, test } from "vitest";
import { utf8 } from "../testing/bytes.ts";
import { ExchangeRecord } from "./exchange-record.ts";
import { traceLimits } from "./trace-limits.ts";

const GET = 1;
const PUT = 3;
const CONTENT = 0x45;
const CONTINUE = 0x5f;
const message = (change: Partial<Message> & { token?: Uint8Array }): Uint8Array =>
  encodeMessage({
    type: CON,
    code: GET,
    messageId: 1,
    token: Uint8Array.of(7),
    options: [],
    payload: noBytes,
    ...change,
  });
const path = (...segments: string[]) => segments.map((segment) => textOption(11, segment));
const empty = (type: Message["type"], messageId: number) => message({ type, code: 0, messageId, token: noBytes });

test("a request and its piggybacked answer are one exchange, with the time between them; repetitions are counted", () => {
  const record = new ExchangeRecord();
  const request = message({ options: [...path("3", "0", "9"), uintOption(17, 0)] });
  record.take("sent", 1_000, request);
  record.take("sent", 3_000, request);
  record.take(
    "received",
    3_040,
    message({ type: ACK, code: CONTENT, options: [uintOption(12, 0)], payload: utf8("85") }),
  );
  const [exchange, ...others] = record.since(0);
  expect(others).toEqual([]);
  expect(exchange).toMatchObject({
    ...{ direction: "to-device", kind: "request", path: ["3", "0", "9"], token: "07", accept: 0, retransmissions: 1 },
    request: { at: 1_000, type: CON, code: GET, messageId: 1 },
    response: { at: 3_040, type: ACK, code: CONTENT, contentFormat: 0, payloadBytes: 2, payload: utf8("85") },
  });
  expect(record.since(record.revision)).toEqual([]);
});

test("a separate answer is found by its token, and its acknowledgement starts nothing new", () => {
  const record = new ExchangeRecord();
  record.take("sent", 0, message({ options: path("3") }));
  record.take("received", 10, empty(ACK, 1));
  record.take("received", 500, message({ type: CON, code: CONTENT, messageId: 900 }));
  record.take("sent", 501, empty(ACK, 900));
  record.take("received", 502, message({ type: CON, code: CONTENT, messageId: 900 }));
  expect(record.since(0)).toMatchObject([{ acknowledgedAt: 10, response: { at: 500, type: CON, messageId: 900 } }]);
});

test("notifications are told with the path of what asked for them, before and after the recording began", () => {
  const record = new ExchangeRecord((token) => ({ "0c": "/3303/0/5700", "0d": "/1/0 /3/0" })[token]);
  record.take("sent", 0, message({ options: [uintOption(6, 0), ...path("3416", "0", "1")] }));
  record.take("received", 9, message({ type: ACK, code: CONTENT, options: [uintOption(6, 1)] }));
  const notify = (messageId: number, token: number) =>
    message({ type: NON, code: CONTENT, messageId, token: Uint8Array.of(token), options: [uintOption(6, 2)] });
  for (const [at, token] of [7, 12, 13, 14].entries()) record.take("received", 20 + at, notify(300 + at, token));
  record.take("sent", 30, empty(RST, 303));
  expect(record.since(0).slice(1)).toMatchObject([
    { kind: "notification", direction: "from-device", path: ["3416", "0", "1"] },
    { kind: "notification", path: ["3303", "0", "5700"] },
    { kind: "notification", path: [] },
    { kind: "notification", path: undefined, resetAt: 30 },
  ]);
});

test("a firmware push is one exchange that counts its blocks and keeps none of their bytes", () => {
  const record = new ExchangeRecord();
  for (let block = 0; block < 40; block++) {
    const number = (block << 4) | (block < 39 ? 8 : 0) | 6;
    const options = [...path("5", "0", "0"), uintOption(27, number)];
    const messageId = 100 + block;
    record.take("sent", block, message({ code: PUT, messageId, options, payload: new Uint8Array(1_024) }));
    const code = block < 39 ? CONTINUE : 0x44;
    record.take("received", block, message({ type: ACK, code, messageId, options: [uintOption(27, number)] }));
  }
  expect(record.bytes).toBe(0);
  expect(record.since(0)).toMatchObject([
    {
      blocks: { option: 1, first: 0, last: 39, count: 40, size: 1_024, more: false },
      request: { payloadBytes: 40 * 1_024 },
      response: { code: 0x44 },
    },
  ]);
});

test("an image that a device fetches with a new token for each block is one exchange too", () => {
  const record = new ExchangeRecord();
  for (let block = 0; block < 10; block++) {
    const token = Uint8Array.of(block);
    const options = [...path("fw", "token"), uintOption(23, (block << 4) | 6)];
    record.take("received", block, message({ messageId: 50 + block, token, options }));
    const answer = [uintOption(23, (block << 4) | (block < 9 ? 8 : 0) | 6)];
    const payload = new Uint8Array(1_024);
    record.take(
      "sent",
      block,
      message({ type: ACK, code: CONTENT, messageId: 50 + block, token, options: answer, payload }),
    );
  }
  expect(record.since(0)).toMatchObject([
    { direction: "from-device", blocks: { option: 2, count: 10, more: false }, response: { payloadBytes: 10_240 } },
  ]);
});

test("pings, resets to nothing and malformed datagrams are told as what they are", () => {
  const record = new ExchangeRecord();
  record.take("received", 0, empty(CON, 5));
  record.take("sent", 1, empty(RST, 5));
  record.take("received", 2, Uint8Array.of(0xff, 0xff));
  record.take("received", 3, empty(ACK, 4_000));
  expect(record.since(0)).toMatchObject([
    { kind: "empty", resetAt: 1 },
    { kind: "malformed", request: { payloadBytes: 2 } },
  ]);
});

test("whatever comes, no more is kept than the limits say, and the newest stays", () => {
  const record = new ExchangeRecord();
  for (let index = 0; index < 20_000; index++) {
    const token = Uint8Array.of(index >> 8, index & 255);
    const options = path("9", String(index));
    record.take(
      "sent",
      index,
      message({ messageId: index & 0xffff, token, options, payload: new Uint8Array(1_100), code: PUT }),
    );
  }
  expect(record.size).toBeLessThanOrEqual(traceLimits.exchangesPerDeviceMax);
  expect(record.bytes).toBeLessThanOrEqual(traceLimits.bytesPerDeviceMax);
  expect(record.since(0).at(-1)?.path).toEqual(["9", "19999"]);
});
