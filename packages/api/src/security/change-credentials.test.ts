import { afterAll, beforeAll, expect, test } from "vitest";
import { openWorld, type World } from "../../test/world.ts";
import { addPending, generated, putCredential, revokeCredential, type WantedCredential } from "./change-credentials.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

test("a change whose audit cannot be written does not stand, neither stored nor in a handshake", async () => {
  const { store } = world.services.security;
  const { db } = world.services;
  const endpoint = "audited";
  const wanted = (): WantedCredential & { key: Uint8Array; identity: Uint8Array } => ({
    ...{ endpoint, purpose: "server", mode: "psk", source: "generated", createdBy: "somebody", isShown: false },
    ...generated(store, endpoint, "server"),
  });
  const first = wanted();
  const row = await putCredential(store, first);
  const fails = () => Promise.reject(new Error("the audit is full"));
  await expect(putCredential(store, wanted(), fails)).rejects.toThrow("full");
  await expect(addPending(store, wanted(), fails)).rejects.toThrow("full");
  await expect(revokeCredential(store, row, fails)).rejects.toThrow("full");
  expect(await db.credential.findMany({ where: { endpoint }, select: { id: true, state: true } })).toEqual([
    { id: row.id, state: "active" },
  ]);
  expect(store.index.of(endpoint, "server").map(({ id }) => id)).toEqual([row.id]);
  expect(store.keyOf("server", first.identity)).toEqual(Uint8Array.from(first.key));
});
