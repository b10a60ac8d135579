import { seconds } from "@lamplighter/runtime/duration";
import { expect } from "vitest";
import { ets } from "../testing/ets.ts";
import { c4, registeredClient } from "../testing/ets-client.ts";

const name = "light-1";

/** Voltage and current of the power sources are observed, as the suite has it. */
async function observing() {
  const all = await registeredClient({ tree: c4 });
  const { server, settle } = all;
  expect(await settle(server.read(name, "/3/0/6"))).toMatchObject({ kind: "ok" });
  expect(await settle(server.writeAttributes(name, "/3/0/7", { pmin: 5, pmax: 15 }))).toMatchObject({ kind: "ok" });
  expect(await settle(server.writeAttributes(name, "/3/0/8", { pmin: 10, pmax: 20 }))).toMatchObject({ kind: "ok" });
  for (const path of ["/3/0/7", "/3/0/8"]) {
    expect(await settle(server.observe(name, path))).toMatchObject({ kind: "ok", value: { kind: "multiple" } });
  }
  const told = (path: string) =>
    all.world.events.flatMap((event) =>
      event.kind === "value" && event.source === "notify" && event.path === path && event.node.kind === "multiple"
        ? [[...event.node.values.values()].map(({ value }) => Number(value))]
        : [],
    );
  return { ...all, told };
}

ets("1.1-int-301", async () => {
  const { client, world, told } = await observing();
  await world.pass(seconds(50));
  client.set("/3/0/7/0", 3_700);
  await world.pass(seconds(1));
  expect(told("/3/0/7").slice(0, 3)).toEqual([
    [3_800, 5_000],
    [3_800, 5_000],
    [3_800, 5_000],
  ]);
  expect(told("/3/0/7").at(-1)).toEqual([3_700, 5_000]);
  expect(told("/3/0/8").length).toBeGreaterThanOrEqual(3);
  expect(client.notified.every(({ outcome }) => outcome === "delivered")).toBe(true);
});

ets("1.1-int-302", async () => {
  const { client, server, world, told } = await observing();
  await world.pass(seconds(21));
  // The server forgets what it observes: what still comes under the token is reset.
  const before = [told("/3/0/7").length, told("/3/0/8").length];
  server.setDesiredObservations(name, []);
  client.tell("/3/0/7");
  client.tell("/3/0/8");
  await world.pass(seconds(60));
  expect(client.observed).toEqual([]);
  expect([told("/3/0/7").length, told("/3/0/8").length]).toEqual(before);
  const strangers = await registeredClient({ tree: c4, endpoint: "forgotten" });
  await strangers.settle(strangers.server.observe("forgotten", "/3/0/7"));
  strangers.server.deregister("forgotten");
  strangers.client.tell("/3/0/7");
  await strangers.world.pass(seconds(5));
  expect(strangers.client.notified).toMatchObject([{ path: "/3/0/7", outcome: "rejected" }]);
  expect(strangers.client.observed).toEqual([]);
});

ets("1.1-int-303", async () => {
  const { client, server, settle, world, told } = await observing();
  await world.pass(seconds(21));
  for (const path of ["/3/0/7", "/3/0/8"]) {
    expect(await settle(server.cancelObservation(name, path))).toMatchObject({ kind: "ok" });
  }
  expect(client.seen.slice(-2).map(({ path, observe }) => [path, observe])).toEqual([
    ["/3/0/7", 1],
    ["/3/0/8", 1],
  ]);
  const before = told("/3/0/7").length;
  await world.pass(seconds(60));
  expect(client.observed).toEqual([]);
  expect(told("/3/0/7")).toHaveLength(before);
});
