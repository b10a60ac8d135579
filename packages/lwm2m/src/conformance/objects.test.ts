import { seconds } from "@lamplighter/runtime/duration";
import { expect } from "vitest";
import type { Node } from "../node.ts";
import { ets } from "../testing/ets.ts";
import { c3, registeredClient } from "../testing/ets-client.ts";
import type { PeerValue } from "../testing/peer-encoding.ts";
import { integer, opaque, type ResourceValue, text, unsigned } from "../value.ts";

const name = "light-1";
const ok = { kind: "ok" };

const bare = ({ value }: ResourceValue) => (typeof value === "bigint" ? Number(value) : value);
function plain(outcome: { readonly kind: string; readonly value?: Node | undefined }): Record<number, unknown> {
  const node = outcome.value;
  if (node?.kind !== "instance") return {};
  return Object.fromEntries(
    [...node.resources].map(([id, each]) => [
      id,
      each.kind === "single" ? bare(each.value) : [...each.values.values()].map(bare),
    ]),
  );
}

const connectivity: Readonly<Record<string, PeerValue>> = {
  ...c3,
  "/4/0/0": 7,
  "/4/0/1/0": 7,
  "/4/0/2": -85,
  "/4/0/3": 3,
  "/4/0/4/0": "192.0.2.7",
  "/4/0/8": 4_711,
};
const location: Readonly<Record<string, PeerValue>> = {
  ...c3,
  "/6/0/0": { float: 43.5723 },
  "/6/0/1": { float: 153.2176 },
  "/6/0/5": 1_367_491_215,
};
const statistics: Readonly<Record<string, PeerValue>> = {
  ...c3,
  "/7/0/0": 0,
  "/7/0/1": 0,
  "/7/0/2": 10,
  "/7/0/3": 12,
  "/7/0/4": 0,
  "/7/0/5": 0,
  "/7/0/8": 0,
};
const cellular: Readonly<Record<string, PeerValue>> = {
  ...c3,
  "/10/0/4": 3_600,
  "/10/0/5": 600,
  "/10/0/6": 40,
  "/10/0/8": Uint8Array.of(2, 5),
  "/10/0/9": Uint8Array.of(5, 1),
  "/10/0/13": 3,
  "/10/0/14": 1,
};

/** Sets periods, observes, and sees values come: the suite's "basic observation" of every object. */
async function observes(tree: Readonly<Record<string, PeerValue>>, path: string, change: readonly [string, PeerValue]) {
  const { client, server, settle, world } = await registeredClient({ tree });
  expect(await settle(server.writeAttributes(name, path, { pmin: 2, pmax: 10 }))).toMatchObject(ok);
  expect(await settle(server.observe(name, path))).toMatchObject(ok);
  await world.pass(seconds(25));
  client.set(...change);
  await world.pass(seconds(2));
  const told = world.events.filter(
    (event) => event.kind === "value" && event.source === "notify" && event.path === path,
  );
  // The first value, those at pmax, and the change.
  expect(told.length).toBeGreaterThanOrEqual(4);
  expect(client.notified.every(({ outcome }) => outcome === "delivered")).toBe(true);
  const last = told.at(-1);
  return last?.kind === "value" ? plain({ kind: "ok", value: last.node }) : {};
}

ets("1.1-int-701", async () => {
  const { server, settle } = await registeredClient({ tree: connectivity });
  const read = await settle(server.read(name, "/4/0"));
  expect(plain(read as never)).toEqual({ 0: 7, 1: [7], 2: -85, 3: 3, 4: ["192.0.2.7"], 8: 4_711 });
});

ets("1.1-int-710", async () => {
  expect(await observes(connectivity, "/4/0", ["/4/0/2", -60])).toMatchObject({ 0: 7, 2: -60 });
});

ets("1.1-int-801", async () => {
  const { server, settle } = await registeredClient({ tree: location });
  const read = plain((await settle(server.read(name, "/6/0"))) as never);
  expect(read).toEqual({ 0: 43.5723, 1: 153.2176, 5: 1_367_491_215 });
});

ets("1.1-int-810", async () => {
  expect(await observes(location, "/6/0", ["/6/0/0", { float: -1.5 }])).toMatchObject({ 0: -1.5, 1: 153.2176 });
});

ets("1.1-int-901", async () => {
  const { client, server, settle } = await registeredClient({ tree: statistics, executables: ["/7/0/6", "/7/0/7"] });
  expect(await settle(server.execute(name, "/7/0/6"))).toMatchObject(ok);
  client.set("/7/0/2", 25);
  expect(await settle(server.execute(name, "/7/0/7"))).toMatchObject(ok);
  expect(plain((await settle(server.read(name, "/7/0"))) as never)).toMatchObject({ 0: 0, 1: 0, 2: 25, 3: 12 });
  expect(client.asked()).toEqual(["POST /7/0/6 2.04", "POST /7/0/7 2.04", "GET /7/0 2.05"]);
});

ets("1.1-int-905", async () => {
  const { server, settle } = await registeredClient({ tree: statistics });
  expect(plain((await settle(server.read(name, "/7/0"))) as never)).toMatchObject({ 8: 0 });
  expect(await settle(server.write(name, "/7/0/8", integer(120)))).toMatchObject(ok);
  expect(plain((await settle(server.read(name, "/7/0"))) as never)).toMatchObject({ 8: 120 });
});

ets("1.1-int-910", async () => {
  const { client, server, settle, world } = await registeredClient({
    tree: statistics,
    executables: ["/7/0/6", "/7/0/7"],
  });
  expect(await settle(server.writeAttributes(name, "/7/0", { pmin: 2, pmax: 10 }))).toMatchObject(ok);
  expect(await settle(server.write(name, "/7/0/8", integer(0)))).toMatchObject(ok);
  expect(await settle(server.observe(name, "/7/0"))).toMatchObject(ok);
  expect(await settle(server.execute(name, "/7/0/6"))).toMatchObject(ok);
  client.set("/7/0/2", 33);
  await world.pass(seconds(25));
  const told = world.events.filter((event) => event.kind === "value" && event.source === "notify");
  expect(told.length).toBeGreaterThanOrEqual(4);
  expect(await settle(server.execute(name, "/7/0/7"))).toMatchObject(ok);
  expect(await settle(server.cancelObservation(name, "/7/0"))).toMatchObject(ok);
  expect(client.observed).toEqual([]);
});

ets("1.1-int-1200", async () => {
  const { server, settle } = await registeredClient({ tree: cellular });
  expect(plain((await settle(server.read(name, "/10/0"))) as never)).toMatchObject({ 4: 3_600, 5: 600, 6: 40 });
});

ets("1.1-int-1201", async () => {
  const { client, server, settle } = await registeredClient({ tree: cellular });
  expect(await settle(client.register(undefined, '</1/0>,</3/0>,</10>;ver="1.1",</10/0>'))).toBe("2.01");
  expect(server.find(name)?.objects).toContainEqual({ object: 10, version: "1.1", instances: [0] });
  const discovered = await settle(server.discover(name, "/10"));
  expect(discovered.kind === "ok" && discovered.value.map(({ target }) => target)).toEqual(
    ["", "/0", "/0/4", "/0/5", "/0/6", "/0/8", "/0/9", "/0/13", "/0/14"].map((below) => `/10${below}`),
  );
  expect(plain((await settle(server.read(name, "/10/0"))) as never)).toMatchObject({ 4: 3_600, 13: 3, 14: 1 });
});

ets("1.1-int-1202", async () => {
  const { client, server, settle } = await registeredClient({ tree: cellular });
  await settle(client.register(undefined, '</1/0>,</3/0>,</10>;ver="1.1",</10/0>'));
  expect(await settle(server.read(name, "/10/0/13"))).toMatchObject({ ...ok, value: { value: { value: 3n } } });
  expect(await settle(server.write(name, "/10/0/14", unsigned(2)))).toMatchObject(ok);
  expect(await settle(server.read(name, "/10/0/14"))).toMatchObject({ ...ok, value: { value: { value: 2n } } });
});

/** Observations of several resources with periods of their own; each must be told at its pmax. */
async function observesEach(periods: Readonly<Record<string, { readonly pmin: number; readonly pmax: number }>>) {
  const { client, server, settle, world } = await registeredClient({ tree: cellular });
  await settle(client.register(undefined, '</1/0>,</3/0>,</10>;ver="1.1",</10/0>'));
  for (const [path, attributes] of Object.entries(periods)) {
    expect(await settle(server.writeAttributes(name, path, attributes))).toMatchObject(ok);
    expect(await settle(server.observe(name, path))).toMatchObject(ok);
  }
  await world.pass(seconds(61));
  for (const [path, { pmax }] of Object.entries(periods)) {
    const told = world.events.filter((event) => event.kind === "value" && event.path === path);
    expect(told.length).toBeGreaterThanOrEqual(1 + Math.floor(60 / pmax));
  }
}

ets("1.1-int-1203", () => observesEach({ "/10/0/13": { pmin: 5, pmax: 15 }, "/10/0/14": { pmin: 10, pmax: 20 } }));

ets("1.1-int-1204", () =>
  observesEach({
    "/10/0/4": { pmin: 5, pmax: 15 },
    "/10/0/5": { pmin: 10, pmax: 20 },
    "/10/0/8": { pmin: 5, pmax: 15 },
    "/10/0/9": { pmin: 10, pmax: 20 },
  }),
);

const meter = Uint8Array.from(Buffer.from('{"meter":4711}'));

ets("1.1-int-1900", async () => {
  const { client, server, settle, world } = await registeredClient({ tree: { ...c3, "/19/0/0/0": meter } });
  expect(await settle(server.discover(name, "/19"))).toMatchObject(ok);
  expect(await settle(server.writeAttributes(name, "/19/0/0", { pmin: 300, pmax: 3_600 }))).toMatchObject(ok);
  expect(await settle(server.observe(name, "/19/0/0"))).toMatchObject(ok);
  client.set("/19/0/0/0", Uint8Array.of(1, 2, 3));
  await world.pass(seconds(2));
  expect(world.events.at(-1)).toMatchObject({
    kind: "value",
    source: "notify",
    node: { values: new Map([[0, opaque(Uint8Array.of(1, 2, 3))]]) },
  });
});

ets("1.1-int-1901", async () => {
  const { server, settle } = await registeredClient({ tree: { ...c3, "/19/1/0/0": Uint8Array.of() } });
  expect(await settle(server.write(name, "/19/1/0/0", opaque(meter)))).toMatchObject(ok);
  const read = await settle(server.read(name, "/19/1/0/0"));
  expect(read).toMatchObject({ ...ok, value: { value: opaque(meter) } });
});

ets("1.1-int-2000", async () => {
  const { server, settle } = await registeredClient({ tree: { ...c3, "/20/0/4011": "0,100" } });
  expect(await settle(server.write(name, "/20/0/4011", text("0,50")))).toMatchObject(ok);
  expect(await settle(server.read(name, "/20/0/4011"))).toMatchObject({ ...ok, value: { resource: 4_011 } });
});

ets("1.1-int-2001", async () => {
  const tree = { ...c3, "/20/0/4010": 0, "/20/0/4013": 3, "/20/0/4014": Uint8Array.of(9) };
  const { server, settle } = await registeredClient({ tree });
  const read = await settle(server.read(name, "/20/0"));
  expect(Object.keys(plain(read as never))).toEqual(["4010", "4013", "4014"]);
});
