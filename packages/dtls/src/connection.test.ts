import { expect, test } from "vitest";
import { cipherSuites } from "./cipher-suite.ts";
import { Connection } from "./connection.ts";
import type { Agreed } from "./established.ts";
import { contentType, decodeRecords, sequenceMax } from "./record.ts";
import { nothingSeen } from "./replay-window.ts";

const content = Uint8Array.of(1, 2, 3);
const writeKey = (seed: number) => ({ key: new Uint8Array(16).fill(seed), salt: new Uint8Array(4).fill(seed) });
const agreed = (ours: Uint8Array | undefined): Agreed => ({
  suite: cipherSuites[0],
  keys: { client: writeKey(1), server: writeKey(2) },
  connectionIds: ours && { ours, theirs: new Uint8Array(0) },
});
const only = (datagram: Uint8Array, cidBytes = 0) => [...decodeRecords(datagram, cidBytes)][0]!;

test("at the last sequence number a connection is over, and no number is used twice", () => {
  const nearlySpent = new Connection(agreed(undefined), "server", { writeSequence: sequenceMax, window: nothingSeen });
  const last = nearlySpent.seal(contentType.applicationData, content);
  expect(only(last!).sequence).toBe(sequenceMax);
  expect(nearlySpent.isSpent).toBe(true);
  expect(nearlySpent.seal(contentType.applicationData, content)).toBeUndefined();
});

test("a record opens once, of its own epoch only, and tells whether it is the newest", () => {
  const [light, server] = [new Connection(agreed(undefined), "client"), new Connection(agreed(undefined), "server")];
  const [first, second] = [1, 2].map(() => only(light.seal(contentType.applicationData, content)!));
  expect(server.open(second!)).toMatchObject({ isNewest: true });
  expect(server.open(first!)).toMatchObject({ isNewest: false });
  expect(server.open(first!)).toBeUndefined();
  expect(server.open({ ...only(light.seal(contentType.applicationData, content)!), epoch: 2 })).toBeUndefined();
});

test("where a connection id was agreed on, a record without it is not taken (RFC 9146 §3)", () => {
  const id = Uint8Array.of(9, 9);
  const server = new Connection(agreed(id), "server");
  const without = new Connection(agreed(undefined), "client");
  expect(server.open(only(without.seal(contentType.applicationData, content)!))).toBeUndefined();
  const withId = new Connection(
    { ...agreed(undefined), connectionIds: { ours: new Uint8Array(0), theirs: id } },
    "client",
  );
  expect(server.open(only(withId.seal(contentType.applicationData, content)!, id.length))).toMatchObject({
    type: contentType.applicationData,
  });
});

test("a record that was refused leaves the window as it was", () => {
  const [light, server] = [new Connection(agreed(undefined), "client"), new Connection(agreed(undefined), "server")];
  const record = only(light.seal(contentType.applicationData, content)!);
  const forged = { ...record, sequence: 1_000_000 };
  expect(server.open(forged)).toBeUndefined();
  expect(server.open(record)).toBeDefined();
});
