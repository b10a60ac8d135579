import { EMPTY } from "@lamplighter/coap/code";
import { decodeMessage, encodeMessage } from "@lamplighter/coap/codec";
import { ACK, CON, type Message, noBytes, RST } from "@lamplighter/coap/message";
import { findUint, option, uintOption } from "@lamplighter/coap/option";
import { openTestDatabase, type TestDatabase, temporaryFolder } from "@lamplighter/db/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTab, type RunningServer, startServer, welcome } from "../test/running-server.ts";
import { secureLight } from "../test/secure-light.ts";

let database: TestDatabase;
let folder: ReturnType<typeof temporaryFolder>;
let server: RunningServer;
let tab: ReturnType<typeof openTab>;
beforeAll(async () => {
  folder = temporaryFolder();
  database = await openTestDatabase();
  server = await startServer({ DATABASE_URL: database.url, LAMPLIGHTER_DATA_FOLDER: folder.path });
  tab = openTab(server, await welcome(server));
});
afterAll(async () => {
  tab?.close();
  await server?.[Symbol.asyncDispose]();
  await database?.close();
  folder?.[Symbol.dispose]();
});

const giveKey = async (endpoint: string) => {
  const { key } = await tab.api.security.setCredential.mutate({ endpoint, mode: "psk" });
  return { identity: endpoint, key: Buffer.from(key!, "hex") };
};
const lampLevelOf = async (endpoint: string) =>
  (await tab.api.device.list.query({})).items.find((each) => each.endpoint === endpoint)?.lampLevel ?? undefined;

const replyTo = (heard: readonly Uint8Array[], { messageId }: Message) =>
  heard.map(decodeMessage).find((each) => each.messageId === messageId && each.type > CON)?.type;

test("a notification under the token of another light's observation is passed over, and the same from that light is believed", async () => {
  await using victim = await secureLight(server.coapsPort, await giveKey("victim"), "victim");
  await using thief = await secureLight(server.coapsPort, await giveKey("thief"), "thief");
  for (const name of ["victim", "thief"]) await tab.until(async () => (await lampLevelOf(name)) === 100 || undefined);
  const observed = victim.sent
    .map(decodeMessage)
    .find((each) => findUint(each.options, option.observe) !== undefined && text(each.payload) === "100");
  const forged: Message = {
    ...observed!,
    type: CON,
    messageId: 0xbeef,
    options: [uintOption(option.observe, 1_000), uintOption(option.contentFormat, 0)],
    payload: new TextEncoder().encode("17"),
  };
  thief.dtls.send(thief.server, encodeMessage(forged));
  // Whether it is believed has been decided once what came after it is answered.
  const ping: Message = { type: CON, code: EMPTY, messageId: 0xbeee, token: noBytes, options: [], payload: noBytes };
  thief.dtls.send(thief.server, encodeMessage(ping));
  await expect.poll(() => replyTo(thief.heard, ping)).toBe(RST);
  expect(replyTo(thief.heard, forged)).toBeUndefined();
  expect([await lampLevelOf("victim"), await lampLevelOf("thief")]).toEqual([100, 100]);
  victim.dtls.send(victim.server, encodeMessage(forged));
  await expect.poll(() => replyTo(victim.heard, forged)).toBe(ACK);
  await tab.until(async () => (await lampLevelOf("victim")) === 17 || undefined);
  expect(await lampLevelOf("thief")).toBe(100);
});

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
