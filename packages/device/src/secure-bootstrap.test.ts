import { expect, test } from "vitest";
import { secureWorld } from "./testing/secure-world.ts";

test("a light with one bootstrap key ends registered over DTLS with the key that it was written", async () => {
  const { events, light, network, registers, server, store } = await secureWorld({ comesWith: "bootstrap-key" });
  const seen: string[] = [];
  network.watch(({ datagram }) => seen.push(Buffer.from(datagram).toString("latin1")));
  await registers();
  expect(light.phase).toBe("registered");
  expect(server.find("light-1")?.authenticated).toBe(true);
  expect(store.records.map(({ outcome }) => outcome)).toEqual(["finished"]);
  // One connection to the bootstrap server, and one to the server.
  expect(events.map(({ kind }) => kind)).toEqual(["connected", "connected"]);
  expect(seen.some((datagram) => datagram.includes("ep=light-1"))).toBe(false);
  expect(seen.some((datagram) => datagram.includes("\x10\x11\x12\x13\x14\x15\x16\x17"))).toBe(false);
});

test("a light with a wrong bootstrap key is brought nothing, and goes on asking", async () => {
  const { events, light, pass, server, store } = await secureWorld({ comesWith: "wrong-bootstrap-key" });
  light.start();
  await pass(180_000);
  expect(light.phase).toBe("bootstrapping");
  expect([server.registrationCount, store.records.length, light.counters.handshakes]).toEqual([0, 0, 0]);
  expect(events.filter(({ kind }) => kind === "refused").length).toBeGreaterThan(1);
});

test("a key changes by a bootstrap: the light leaves with the old one and comes back with the new one, under the same name", async () => {
  const world = await secureWorld({ comesWith: "bootstrap-key" });
  const { givesOut, keys, light, pass, registers, server, store } = world;
  await registers();
  const [before, handshakes] = [light.counters.registrations, light.counters.handshakes];
  givesOut("light-1#2", "202122232425262728292a2b2c2d2e2f");
  const told = server.execute("light-1", "/1/0/9");
  await pass(2_000);
  expect(await told).toMatchObject({ kind: "ok" });
  await pass(60_000, () => light.counters.registrations > before);
  expect(store.records.map(({ outcome }) => outcome)).toEqual(["finished", "finished"]);
  expect([light.phase, server.registrationCount]).toEqual(["registered", 1]);
  // The key of before opens nothing any more, and after a power cut the new one is still there.
  keys.delete("light-1#1");
  light.cutPower();
  await registers();
  expect(light.phase).toBe("registered");
  expect(light.counters.handshakes).toBeGreaterThan(handshakes);
});

test("a bootstrap that brings the same key again costs no connection to the server", async () => {
  const { light, pass, registers, server } = await secureWorld({ comesWith: "bootstrap-key" });
  await registers();
  const before = light.counters.registrations;
  const told = server.execute("light-1", "/1/0/9");
  await pass(60_000, () => light.counters.registrations > before);
  await told;
  expect(light.phase).toBe("registered");
  expect(light.counters.handshakes).toBe(2);
});
