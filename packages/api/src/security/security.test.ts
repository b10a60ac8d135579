import { milliseconds } from "@lamplighter/runtime/duration";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { openWorld, type World } from "../../test/world.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld({ execute: async () => ({ kind: "ok", value: undefined, roundTrip: milliseconds(5) }) });
  await world.addLights([{ name: "First" }, { name: "Second" }]);
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(async () => {
  const { db, security } = world.services;
  const rows = await db.credential.findMany();
  await db.credential.deleteMany();
  security.store.took(rows.map((row) => ({ ...row, state: "retired" }) as never));
  await db.securityEvent.deleteMany();
  world.told.length = 0;
});

const light = "urn:dev:light-1";
const bytes = (text: string) => new TextEncoder().encode(text);
const keyOf = (identity: string, purpose: "server" | "bootstrap" = "server") => {
  const key = world.services.security.store.keyOf(purpose, bytes(identity));
  return key && Buffer.from(key).toString("hex");
};

test("a key of ours is shown once, opens the light's handshake, and is in no answer after that", async () => {
  const { security } = world.admin;
  const made = await security.setCredential({ endpoint: light, mode: "psk" });
  expect(made.key).toMatch(/^[0-9a-f]{32}$/);
  expect(keyOf(light)).toBe(made.key);
  expect(made.credential).toMatchObject({ mode: "psk", state: "active", identity: { text: light } });
  const answers = JSON.stringify([
    await security.light({ endpoint: light }),
    await security.lights({}),
    await security.summary(),
    await security.events({}),
    (await world.admin.event.list({ kind: "security" })).items,
  ]);
  expect(answers).not.toContain(made.key);
  const [row] = await world.services.db.credential.findMany();
  expect(Buffer.from(row!.sealedKey!).includes(Buffer.from(made.key!, "hex"))).toBe(false);
});

test("a light that has a key for its bootstrap alone is in the list, is found by its identity, and does not count as one with nothing", async () => {
  const { security } = world.admin;
  const names = async (wanted: Parameters<typeof security.lights>[0]) =>
    (await security.lights(wanted)).items.map(({ endpoint }) => endpoint);
  const before = await security.summary();
  await security.setCredential({ endpoint: "urn:dev:new-1", purpose: "bootstrap", mode: "psk" });
  await security.setCredential({ endpoint: light, purpose: "bootstrap", mode: "psk" });
  await security.setCredential({ endpoint: "urn:dev:new-2", mode: "psk", identity: "meter/4711" });
  await security.setCredential({ endpoint: "urn:dev:new-3", mode: "no-sec" });
  expect(await names({ mode: "bootstrap" })).toEqual([light, "urn:dev:new-1"]);
  expect(await names({ mode: "protected" })).toEqual(["urn:dev:new-2"]);
  expect(await names({ search: "METER/47" })).toEqual(["urn:dev:new-2"]);
  expect(await names({ mode: "none" })).not.toContain(light);
  expect((await security.lights({ mode: "none" })).total).toBe((await security.summary()).lights.none);
  expect((await security.summary()).lights.none).toBe(before.lights.none - 1);
});

test("what the tiles count is what their lists show: new keys not used yet, and handshakes that fail in either way", async () => {
  const { security } = world.admin;
  const { db, security: services } = world.services;
  for (const purpose of ["server", "bootstrap"] as const) {
    await security.setCredential({ endpoint: light, purpose, mode: "psk" });
    await security.rotate({ endpoint: light, purpose, how: "by-hand" });
  }
  for (const kind of ["wrong-key", "handshake-failed", "unknown-identity"] as const) {
    services.store.parts.events.note({ kind, address: "192.0.2.7:1", detail: `${kind} happened.` });
  }
  await services.store.parts.events.flush();
  expect(await db.securityEvent.count()).toBe(3);
  const { waiting } = await security.summary();
  expect(waiting).toBe(1);
  expect((await security.lights({ state: "pending" })).total).toBe(waiting);
  const { items } = await security.events({ kind: "failing" });
  expect(items.map(({ kind }) => kind).sort()).toEqual(["handshake-failed", "wrong-key"]);
});

test("a light is sent behind DTLS, unless every light may speak in the clear", async () => {
  const sent = async () => (await world.admin.session.me()).installation.newLightsUri;
  await world.admin.security.setNoSec({ noSec: "everybody" });
  expect(await sent()).toMatch(/^coap:/);
  await world.admin.security.setNoSec({ noSec: "listed" });
  expect(await sent()).toMatch(/^coaps:/);
  await world.admin.security.setNoSec({ noSec: null });
});
