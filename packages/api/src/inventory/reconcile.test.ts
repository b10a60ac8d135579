import { afterAll, beforeAll, expect, test } from "vitest";
import { openWorld, type World } from "../../test/world.ts";
import { keyForBootstrap } from "../security/change-credentials.ts";
import { knownEndpoints } from "./reconcile.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

test("who is in the inventory or has a key from a person may come in; who waits, or only asked a bootstrap server, may not", async () => {
  const { db, security } = world.services;
  await world.addLights([{ endpoint: "inventory" }, { endpoint: "waits", presence: "pending" }]);
  await world.admin.security.setCredential({ endpoint: "given", mode: "psk" });
  await world.admin.security.setCredential({ endpoint: "bootstraps", purpose: "bootstrap", mode: "psk" });
  for (const endpoint of ["bootstraps", "stranger"]) await keyForBootstrap(security.store, endpoint, "server");
  expect((await knownEndpoints(db)).sort()).toEqual(["bootstraps", "given", "inventory"]);
});
