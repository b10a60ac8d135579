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
