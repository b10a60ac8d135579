import { seconds } from "@lamplighter/runtime/duration";
import { expect } from "vitest";
import { single } from "../node.ts";
import { ets } from "../testing/ets.ts";
import { c3, c4, etsWorld, format, registeredClient } from "../testing/ets-client.ts";
import { boolean, integer } from "../value.ts";

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
  const { client, server, settle, world, told } = await observing();
  await world.pass(seconds(21));
  for (const path of ["/3/0/7", "/3/0/8"]) {
    const before = told(path).length;
    const requests = client.seen.length;
    expect(await settle(server.cancelObservation(name, path, { by: "reset" }))).toMatchObject({ kind: "ok" });
    await world.pass(seconds(25));
    expect(client.seen).toHaveLength(requests);
    expect(client.notified.findLast((each) => each.path === path)).toMatchObject({ outcome: "rejected" });
    expect(client.observed).not.toContain(path);
    expect(told(path)).toHaveLength(before);
  }
  expect(client.observed).toEqual([]);
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

/** A client of LwM2M 1.2 with batteries. */
async function client12() {
  const all = await etsWorld({ tree: c4 });
  expect(await all.settle(all.client.register(["lt=86400", "lwm2m=1.2", "b=U"]))).toBe("2.01");
  return all;
}

ets("1.2-int-264", async () => {
  const { client, server, settle } = await client12();
  expect(await settle(server.discover(name, "/3", { depth: 1 }))).toMatchObject({
    kind: "ok",
    value: [{ target: "/3" }, { target: "/3/0" }],
  });
  expect(client.asked()).toEqual(["GET /3?depth=1 2.05"]);
  expect(await settle(server.writeAttributes(name, "/3/0", { pmax: 200 }))).toMatchObject({ kind: "ok" });
  expect(await settle(server.discover(name, "/3", { depth: 1 }))).toMatchObject({
    kind: "ok",
    value: [{ target: "/3" }, { target: "/3/0", attributes: { pmax: "200" } }],
  });
});

ets("1.2-int-266", async () => {
  const { server, settle } = await client12();
  const two = await settle(server.discover(name, "/3", { depth: 2 }));
  expect(two.kind === "ok" && two.value.some(({ target }) => target.split("/").length === 5)).toBe(false);
  expect(await settle(server.writeAttributes(name, "/3", { pmin: 10, pmax: 200 }))).toMatchObject({ kind: "ok" });
  expect(await settle(server.writeAttributes(name, "/3/0/7", { lt: 1, gt: 6, st: 1 }))).toMatchObject({ kind: "ok" });
  expect(await settle(server.writeAttributes(name, "/3/0/7/1", { gt: 8 }))).toMatchObject({ kind: "ok" });
  const three = await settle(server.discover(name, "/3", { depth: 3 }));
  expect(three).toMatchObject({
    kind: "ok",
    value: expect.arrayContaining([
      { target: "/3/0/7", attributes: { dim: "2", lt: "1", gt: "6", st: "1" } },
      { target: "/3/0/7/0", attributes: {} },
      { target: "/3/0/7/1", attributes: { gt: "8" } },
    ]),
  });
});

ets("1.1-int-306", async () => {
  for (const as of [format.senmlJson, format.senmlCbor]) {
    const { client, settle, world } = await registeredClient();
    expect(await settle(client.send(["/3/0/16", "/3/0/11"], as))).toBe("2.04");
    const told = world.events.flatMap((event) => (event.kind === "value" ? [[event.path, event.source]] : []));
    expect(told.map(([path]) => path)).toContain("/3/0/16");
    expect(told.every(([, source]) => source === "notify")).toBe(true);
    // Only what was registered may be sent.
    client.tree.set("/9999/0/1", 5);
    expect(await settle(client.send(["/9999/0/1"], as))).toBe("4.04");
  }
});

ets("1.1-int-307", async () => {
  const { client, server, settle, world } = await registeredClient({ tree: { ...c3, "/1/0/23": false } });
  const sends = async () => {
    const from = world.events.length;
    if (client.tree.get("/1/0/23") !== true) await settle(client.send(["/3/0/16"]));
    return world.events.slice(from).filter(({ kind }) => kind === "value").length;
  };
  expect(await sends()).toBe(1);
  expect(await settle(server.write(name, "/1/0/23", boolean(true)))).toMatchObject({ kind: "ok" });
  expect(client.seen.at(-1)).toMatchObject({ method: "PUT", path: "/1/0/23" });
  expect(await sends()).toBe(0);
  expect(await settle(server.write(name, "/1/0/23", boolean(false)))).toMatchObject({ kind: "ok" });
  expect(await sends()).toBe(1);
});

ets("1.1-int-311", async () => {
  const { client, settle, world } = await registeredClient();
  expect(await settle(client.send(["/1/0/1", "/3/0/11/0"]))).toBe("2.04");
  expect(client.answers.at(-1)).toBe("POST /dp 2.04");
  const told = world.events.flatMap((event) => (event.kind === "value" ? [event] : []));
  expect(told.find(({ path }) => path === "/1/0/1")?.node).toEqual(single(1, integer(86_400)));
  expect(told.some(({ path }) => path.startsWith("/3/0/11"))).toBe(true);
});

ets("1.2-int-312", async () => {
  const { client, server, settle, world } = await client12();
  const first = await settle(server.observe(name, "/3/0/7", { attributes: { pmin: 5, pmax: 15 } }));
  expect(first).toMatchObject({ kind: "ok", value: { kind: "multiple" } });
  expect(client.asked()).toEqual(["GET /3/0/7?pmin=5&pmax=15 2.05"]);
  expect(client.seen[0]?.observe).toBe(0);
  await world.pass(seconds(46));
  expect(client.notified.length).toBeGreaterThanOrEqual(3);
  expect(client.notified.every(({ outcome }) => outcome === "delivered")).toBe(true);
});

ets("1.2-int-313", async () => {
  const { client, server, settle, world } = await client12();
  expect(await settle(server.writeAttributes(name, "/3/0/7", { pmin: 5, pmax: 60 }))).toMatchObject({ kind: "ok" });
  const observed = await settle(server.observe(name, "/3/0/7", { attributes: { pmin: 5, pmax: 10 } }));
  expect(observed).toMatchObject({ kind: "ok" });
  await world.pass(seconds(41));
  expect(client.notified.length).toBeGreaterThanOrEqual(4);
  const told = world.events.filter((event) => event.kind === "value" && event.path === "/3/0/7");
  expect(told.length).toBeGreaterThanOrEqual(5);
});
