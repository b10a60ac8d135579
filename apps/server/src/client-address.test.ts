import type { IncomingMessage } from "node:http";
import { expect, test } from "vitest";
import { clientAddress } from "./client-address.ts";

const request = (remoteAddress: string, forwarded?: string) =>
  ({
    socket: { remoteAddress },
    headers: forwarded === undefined ? {} : { "x-forwarded-for": forwarded },
  }) as unknown as IncomingMessage;

test.each([
  ["a proxy that is known", "127.0.0.1", "198.51.100.7", "198.51.100.7"],
  ["its IPv4 address over an IPv6 socket", "::ffff:127.0.0.1", "198.51.100.7", "198.51.100.7"],
  ["what a stranger wrote before it", "127.0.0.1", "203.0.113.66, 198.51.100.7", "198.51.100.7"],
  ["one known proxy behind another", "127.0.0.1", "203.0.113.66, 198.51.100.7, 10.0.0.9", "198.51.100.7"],
  ["no proxy at all", "198.51.100.9", undefined, "198.51.100.9"],
  ["a stranger who plays a proxy", "198.51.100.9", "203.0.113.66", "198.51.100.9"],
  ["a program on the same machine", "127.0.0.1", undefined, "127.0.0.1"],
])("by %s", (_, remote, forwarded, expected) => {
  expect(clientAddress(["127.0.0.1", "10.0.0.9"])(request(remote, forwarded))).toBe(expected);
});

test("without a proxy that is known nobody is believed", () => {
  expect(clientAddress([])(request("127.0.0.1", "203.0.113.66"))).toBe("127.0.0.1");
});
