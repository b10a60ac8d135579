import { configurationOf } from "@lamplighter/lwm2m/testing/bootstrap";
import { milliseconds } from "@lamplighter/runtime/duration";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openWorld, type World } from "../../test/world.ts";

let world: World;
const endpoint = "urn:dev:light-1";
beforeAll(async () => {
  world = await openWorld({
    execute: async () => ({ kind: "ok", value: undefined, roundTrip: milliseconds(5) }),
    find: () => ({ objects: [{ object: 1, instances: [0] }] }) as never,
  });
  await world.addLights([{}]);
  const [account] = configurationOf().security;
  await world.admin.bootstrap.create({
    ...{ name: "Everybody", target: { kind: "default" } },
    configuration: configurationOf({
      security: [{ ...account!, uri: "coaps://192.0.2.1", credentials: { mode: "psk-of-device" } }],
    }) as never,
  });
  await world.admin.security.setCredential({ endpoint, mode: "psk" });
});
afterAll(() => world[Symbol.asyncDispose]());
const rotate = (purpose: "server" | "bootstrap") =>
  world.admin.security.rotate({ endpoint, purpose, how: "bootstrap" });
const waiting = () => world.services.db.credential.count({ where: { endpoint, state: "pending" } });

test("no key is made to be brought by a bootstrap that the light cannot ask for over DTLS", async () => {
  await expect(rotate("server")).rejects.toThrow("has no key for the bootstrap server");
  expect((await world.admin.security.light({ endpoint })).rotationByBootstrap).toMatchObject({ possible: false });
  expect(await waiting()).toBe(0);
});

test("a bootstrap brings the key of the server where its configuration does, and not the bootstrap server's where it does not", async () => {
  await world.admin.security.setCredential({ endpoint, purpose: "bootstrap", mode: "psk" });
  await expect(rotate("bootstrap")).rejects.toThrow("does not bring lights their own keys");
  expect(await waiting()).toBe(0);
  expect(await rotate("server")).toMatchObject({ key: null, told: { kind: "ok" } });
  expect(await waiting()).toBe(1);
});
