import { decodeMessage, encodeMessage } from "@lamplighter/coap/codec";
import { ACK, CON, type Message, noBytes } from "@lamplighter/coap/message";
import { minutes, seconds } from "@lamplighter/runtime/duration";
import { expect, test } from "vitest";
import { BootstrapWorld } from "../testing/bootstrap-world.ts";
import { utf8 } from "../testing/bytes.ts";
import { option, pathOf } from "../testing/lockstep.ts";

const link = (text: string) => ({ code: 0x45, contentFormat: 40, payload: utf8(text) });

/** A client played byte by byte. */
function played(world: BootstrapWorld) {
  const port = world.network.bind("192.0.2.9:5683");
  const inbox: Message[] = [];
  port.onDatagram((_, datagram) => inbox.push(decodeMessage(datagram)));
  const send = (message: Partial<Message>) =>
    port.send(
      "192.0.2.2:5783",
      encodeMessage({ type: CON, code: 0, messageId: 1, token: noBytes, options: [], payload: noBytes, ...message }),
    );
  const request = (messageId: number) =>
    send({ code: 2, messageId, token: utf8("t"), options: [option(11, "bs"), option(15, "ep=light-9")] });
  return { inbox, send, request };
}

test("13: the first thing that leaves is the 2.04, and only then a request", async () => {
  const world = new BootstrapWorld();
  const { inbox, request } = played(world);
  request(100);
  await world.pass(seconds(1));
  expect(inbox.map(({ type, code }) => [type, code]).slice(0, 2)).toEqual([
    [ACK, 0x44],
    [CON, 0x01],
  ]);
});

test("13: a request sent again, its answer lost, gets that answer again and begins nothing", async () => {
  const world = new BootstrapWorld();
  const { inbox, request } = played(world);
  request(100);
  await world.pass(seconds(0.5));
  const [answer] = inbox;
  request(100);
  await world.pass(seconds(0.5));
  expect(inbox.filter(({ type }) => type === ACK)).toEqual([answer, answer]);
  expect(world.events.filter(({ kind }) => kind === "began")).toHaveLength(1);
});

test("13: of two requests the newer one is led through; the older one's sequence stops where it is", async () => {
  const world = new BootstrapWorld();
  const { inbox, request, send } = played(world);
  request(100);
  await world.pass(seconds(0.5));
  const older = inbox.find(({ type }) => type === CON);
  request(101);
  await world.pass(seconds(0.5));
  const newer = inbox.filter(({ type, code }) => type === CON && code === 1).at(-1);
  expect(newer?.token).not.toEqual(older?.token);
  inbox.length = 0;
  // What the older sequence asked is answered late: nobody listens to it any more.
  if (older) send({ type: ACK, code: 0x84, messageId: older.messageId, token: older.token });
  await world.pass(seconds(0.5));
  expect(inbox.filter(({ code }) => code === 4)).toEqual([]);
  if (newer) send({ type: ACK, code: 0x84, messageId: newer.messageId, token: newer.token });
  await world.pass(seconds(0.5));
  expect(inbox.filter(({ type }) => type === CON).length).toBeGreaterThan(0);
});

test("13: accounts are not written over the account of the bootstrap server, wherever it stands", async () => {
  for (const place of [0, 1, 2, 7]) {
    const world = new BootstrapWorld();
    const client = world.client();
    client.on("GET /", link(`</>;lwm2m="1.1",</0/${place}>,</3/0>`));
    await client.bootstrap();
    expect(world.outcomes).toEqual(["finished"]);
    expect(client.asked.filter((each) => each.startsWith("PUT /0/"))).not.toContain(`PUT /0/${place}`);
  }
});

test("13: Security and Server instances of one account say the same short server id", async () => {
  const world = new BootstrapWorld({ format: "senml-json" });
  const client = world.client();
  await client.bootstrap();
  const records = client.requests
    .filter(({ method }) => method === 3)
    .map(({ path, payload }) => ({
      object: path[0],
      records: JSON.parse(new TextDecoder().decode(payload)) as { bn?: string; n?: string; v?: number }[],
    }));
  const idsOf = (object: string, resource: string) =>
    records
      .filter((each) => each.object === object)
      .map(({ records: all }) => all.find(({ n, bn }) => `${bn ?? ""}${n ?? ""}`.endsWith(`/${resource}`))?.v);
  const security = idsOf("0", "10");
  expect(security.length).toBeGreaterThan(0);
  expect(idsOf("1", "0")).toEqual(security);
});

test.each([
  ["4.04", 0x84],
  ["4.05", 0x85],
  ["5.00", 0xa0],
])("13: a Delete answered %s is not the end of the bootstrap", async (_, code) => {
  const world = new BootstrapWorld();
  const client = world.client();
  client.on("DELETE /0", { code }).on("DELETE /1", { code }).on("DELETE /", { code });
  await client.bootstrap();
  expect(client.asked.at(-1)).toBe("POST /bs");
  expect(world.outcomes).toHaveLength(1);
});

test("13: a device that refuses what it was given with a Finish of 4.06 is in the history as such, not as finished", async () => {
  const world = new BootstrapWorld();
  const client = world.client();
  client.on("POST /bs", { code: 0x86 });
  await client.bootstrap();
  expect(world.outcomes).toHaveLength(1);
  expect(world.outcomes).not.toContain("finished");
});

test("13: a bootstrap that never comes to its Finish is over after 247 s, and nothing is sent any more", async () => {
  const world = new BootstrapWorld();
  const { inbox, request, send } = played(world);
  request(100);
  // It acknowledges whatever it is asked, and never answers.
  for (let second = 0; second < 250; second++) {
    await world.pass(seconds(1));
    for (const { type, messageId } of inbox.splice(0)) if (type === CON) send({ type: ACK, messageId });
  }
  expect(world.outcomes).toHaveLength(1);
  expect(world.server.running).toBe(0);
  await world.pass(minutes(1));
  expect(inbox.map(pathOf)).toEqual([]);
});
