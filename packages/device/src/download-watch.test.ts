import { blockValue } from "@lamplighter/coap/block";
import { GET, PUT } from "@lamplighter/coap/code";
import { encodeMessage } from "@lamplighter/coap/codec";
import { CON } from "@lamplighter/coap/message";
import { option } from "@lamplighter/coap/option";
import { expect, test } from "vitest";
import { DownloadWatch } from "./download-watch.ts";

const token = Uint8Array.of(1, 2);

function datagram(number: number, { messageId = number, size = 0, method = PUT } = {}): Uint8Array {
  const options = [
    { number: option.block1, value: blockValue(number, true, 64) },
    ...(size > 0 ? [{ number: option.size1, value: Uint8Array.of(size >> 8, size & 255) }] : []),
  ];
  return encodeMessage({ type: CON, code: method, messageId, token, options, payload: new Uint8Array(64) });
}

test("each block says how much of the image has arrived", () => {
  const watch = new DownloadWatch();
  expect(watch.see(datagram(0, { size: 640 }))).toEqual({ begins: true, bytes: 64, share: 0.1 });
  expect(watch.see(datagram(4))).toEqual({ begins: false, bytes: 64, share: 0.5 });
  expect(watch.see(datagram(9))).toEqual({ begins: false, bytes: 64, share: 1 });
});

test("a sender that never says how large the image is leaves the share open", () => {
  const watch = new DownloadWatch();
  expect(watch.see(datagram(0))).toEqual({ begins: true, bytes: 64, share: undefined });
});

test("the first block, repeated by the network even after the last one, does not begin a download; a new one does", () => {
  const watch = new DownloadWatch();
  const first = datagram(0, { messageId: 77 });
  expect(watch.see(first)?.begins).toBe(true);
  watch.see(datagram(1));
  expect(watch.see(first)?.begins).toBe(false);
  expect(watch.see(datagram(0, { messageId: 78 }))?.begins).toBe(true);
});

test("other datagrams mean nothing for a download", () => {
  const watch = new DownloadWatch();
  expect(watch.see(datagram(0, { method: GET }))).toBeUndefined();
  expect(watch.see(new Uint8Array(0))).toBeUndefined();
  expect(watch.see(Uint8Array.of(0xff, PUT, 0, 0, 1, 2, 3))).toBeUndefined();
});
