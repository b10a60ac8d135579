import { configurationOf } from "@lamplighter/lwm2m/testing/bootstrap";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openWorld, type World } from "../../test/world.ts";
import { keysWaitingMax, withOwnKeys } from "./own-keys.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

const [account] = configurationOf().security;
const chosen = (handsOutKeysInTheClear: boolean) => ({
  ...{ id: "one", name: "One" },
  configuration: configurationOf({
    security: [{ ...account!, uri: "coaps://192.0.2.1", credentials: { mode: "psk-of-device" } }],
    handsOutKeysInTheClear,
  }),
});
const ask = async (endpoint: string, { isSecure = false, inTheClear = true } = {}) => {
  const answer = await withOwnKeys(world.services.security.store, chosen(inTheClear), { endpoint, isSecure });
  if (answer.kind === "refuse") return answer.why;
  const { credentials } = answer.chosen.configuration.security[0]!;
  return credentials.mode === "psk" ? credentials.key : credentials.mode;
};

test("in the clear a light without a key is given its first one, the same each time, where a person allowed it, and nowhere else", async () => {
  expect(await ask("bench", { inTheClear: false })).toContain("without encryption");
  const key = await ask("bench");
  expect(key).toMatch(/^[0-9a-f]{32}$/);
  expect(await ask("bench")).toBe(key);
});

test("the key that a light uses is told to nobody in the clear, nor the one that comes after it", async () => {
  const { key } = await world.admin.security.setCredential({ endpoint: "used", mode: "psk" });
  expect(await ask("used", { isSecure: true })).toBe(key);
  expect(await ask("used")).toContain("has a key already");
  await world.admin.security.rotate({ endpoint: "used", how: "by-hand" });
  expect(await ask("used")).toContain("has a key already");
});

test("names made up without end do not fill the table: beyond a bound keys are given over DTLS only", async () => {
  const { index } = world.services.security.store;
  const key = await ask("first");
  const before = index.waiting;
  const wait = { purpose: "server", mode: "psk", state: "pending", identity: null, sealedKey: null } as const;
  for (let at = before; at < keysWaitingMax; at++) {
    index.apply({ ...wait, id: `made-up-${at}`, endpoint: `made-up-${at}` } as never);
  }
  expect(await ask("one-more")).toContain("wait for their first use");
  expect(await world.services.db.credential.count({ where: { endpoint: "one-more" } })).toBe(0);
  expect(await ask("first")).toBe(key);
  expect(await ask("one-more", { isSecure: true })).toMatch(/^[0-9a-f]{32}$/);
  for (let at = before; at < keysWaitingMax; at++) index.remove(`made-up-${at}`);
  expect(await ask("another")).toMatch(/^[0-9a-f]{32}$/);
});
