import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { CbcProtection } from "../src/cbc-protection.ts";
import { cbcSuite, cipherSuites } from "../src/cipher-suite.ts";
import { contentType, decodeRecords } from "../src/record.ts";
import { text, world } from "./world.ts";

const key = { key: new Uint8Array(16).fill(1), salt: new Uint8Array(0), mac: new Uint8Array(32).fill(2) };
const protection = new CbcProtection(key);
const plain = { type: contentType.applicationData, content: text("a lamp in the fog") };
const sealed = (content = plain.content) => {
  const bytes = protection.seal({ ...plain, content }, { epoch: 1, sequence: 5 });
  return [...decodeRecords(bytes, 0)][0]!;
};

test("what was sealed opens, whatever its length, and never looks alike twice", () => {
  for (let length = 0; length < 70; length++) {
    const content = new Uint8Array(length).fill(length);
    expect(protection.open(sealed(content))).toEqual({ type: plain.type, content });
  }
  expect(sealed().body).not.toEqual(sealed().body);
});

test("the MAC is over number, type, version, length and what was encrypted (RFC 7366 §3)", () => {
  const { body } = sealed();
  const fragment = body.subarray(0, body.length - 32);
  const head = Buffer.from(
    `0001 000000000005 17 fefd ${fragment.length.toString(16).padStart(4, "0")}`.replaceAll(" ", ""),
    "hex",
  );
  const mac = createHmac("sha256", key.mac).update(head).update(fragment).digest();
  expect(Buffer.from(body.subarray(fragment.length))).toEqual(mac);
});

test("a record that is changed anywhere, cut, or moved to another place does not open", () => {
  const record = sealed();
  for (let at = 0; at < record.body.length; at++) {
    const body = record.body.slice();
    body[at]! ^= 1;
    expect(protection.open({ ...record, body })).toBeUndefined();
  }
  for (let length = 0; length < record.body.length; length++) {
    expect(protection.open({ ...record, body: record.body.subarray(0, length) })).toBeUndefined();
  }
  expect(protection.open({ ...record, sequence: 6 })).toBeUndefined();
  expect(protection.open({ ...record, epoch: 2 })).toBeUndefined();
  expect(protection.open({ ...record, type: contentType.alert })).toBeUndefined();
});

test("CBC is not spoken unless it is asked for", async () => {
  const { light, pass, server, events } = world();
  light("light-1", { suites: [cbcSuite] }).say("hello");
  await pass(2_000);
  expect(server.connections).toBe(0);
  expect(events).toMatchObject([{ kind: "refused", why: "no-common-suite" }]);
});

test("with CBC asked for, a light that speaks nothing else connects, has no connection id, and may come back", async () => {
  const { light, pass, heard, server, events } = world({ server: { suites: [...cipherSuites, cbcSuite] } });
  const { client, answers, say } = light("light-1", { suites: [cbcSuite], connectionId: new Uint8Array(0) });
  say("hello");
  await pass(1_000);
  expect(answers).toEqual(["hello"]);
  expect(server.peerOf(heard[0]!.from)).toMatchObject({ suite: cbcSuite, hasConnectionId: false });
  client.disconnect({ keepSession: true });
  say("again");
  await pass(1_000);
  expect(answers).toEqual(["hello", "again"]);
  expect(events.at(-1)).toMatchObject({ kind: "connected", isResumed: true });
});

test("with CBC asked for, the better suites are still preferred", async () => {
  const { light, pass, heard, server } = world({ server: { suites: [...cipherSuites, cbcSuite] } });
  light("light-1", { suites: [cbcSuite, ...cipherSuites] }).say("hello");
  await pass(1_000);
  expect(server.peerOf(heard[0]!.from)?.suite.name).toBe("TLS_PSK_WITH_AES_128_CCM_8");
});
