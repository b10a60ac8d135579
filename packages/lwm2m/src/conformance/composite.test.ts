import { seconds } from "@lamplighter/runtime/duration";
import { expect } from "vitest";
import { instance, multiple, single } from "../node.ts";
import { ets } from "../testing/ets.ts";
import { c3, c6, c12, format, registeredClient } from "../testing/ets-client.ts";
import { boolean, integer, text, time } from "../value.ts";

const name = "light-1";
const ok = { kind: "ok" };
const senml: readonly (number | undefined)[] = [format.senmlCbor, format.senmlJson];

ets("1.1-int-229", async () => {
  const { client, server, settle } = await registeredClient();
  const paths = ["/3", "/1/0", "/1/0/1", "/3/0/11/0"];
  const read = await settle(server.readComposite(name, paths));
  expect(read).toMatchObject({ ...ok, value: paths.map((path) => ({ path })) });
  expect(client.asked()).toEqual(["FETCH / 2.05"]);
  expect(senml).toContain(client.seen[0]?.accept);
});

ets("1.1-int-230", async () => {
  const { client, server, settle, world } = await registeredClient({ tree: c12 });
  const letters = ["aa", "bb", "cc", "dd"].map(text);
  const outcome = await settle(
    server.writeComposite(name, [
      { path: "/1/0/1", content: integer(61) },
      { path: "/1/0/6", content: boolean(true) },
      { path: "/16/0/0", content: multiple(0, letters) },
    ]),
  );
  expect(outcome).toMatchObject(ok);
  await world.pass(seconds(1));
  expect(client.asked()).toEqual(["IPATCH / 2.04"]);
  expect(client.answers.at(-1)).toBe("POST /rd/*?lt=61 2.04");
  expect(await settle(server.read(name, "/16/0/0"))).toMatchObject({ ...ok, value: multiple(0, letters) });
  expect(await settle(server.read(name, "/1/0/1"))).toMatchObject({ ...ok, value: single(1, integer(61)) });
});

ets("1.1-int-235", async () => {
  const { client, server, settle } = await registeredClient();
  const read = await settle(server.readComposite(name, ["/"]));
  expect(read.kind === "ok" && read.value.map(({ path }) => path)).toEqual(["/1", "/3"]);
  expect(client.seen[0]).toMatchObject({ method: "FETCH", path: "/" });
});

ets("1.1-int-236", async () => {
  const { server, settle } = await registeredClient();
  const read = await settle(
    server.readComposite(name, ["/1/0", "/1/0/1", "/3/0/11/0", "/3339/0/5522", "/3353/0/6030"]),
  );
  expect(read.kind === "ok" && read.value.map(({ path }) => path)).toEqual(["/1/0", "/1/0/1", "/3/0/11/0"]);
});

ets("1.1-int-257", async () => {
  const { client, server, settle } = await registeredClient({ tree: c6 });
  const before = await settle(server.read(name, "/3/0"));
  expect(before).toMatchObject(ok);
  const outcome = await settle(
    server.writeComposite(name, [
      { path: "/1/0/2", content: integer(101) },
      { path: "/1/0/6", content: boolean(true) },
      { path: "/3/0/13", content: time(0) },
    ]),
  );
  expect(outcome).toMatchObject(ok);
  expect(["/1/0/2", "/1/0/6", "/3/0/13"].map((path) => client.tree.get(path))).toEqual([101, true, 0]);
  expect(await settle(server.read(name, "/3/0/13"))).toMatchObject({ ...ok, value: single(13, time(0)) });
});

ets("1.1-int-280", async () => {
  const { client, server, settle } = await registeredClient();
  const read = await settle(server.readComposite(name, ["/3/0/16", "/3/0/11/0", "/1/0"]));
  expect(read).toMatchObject({
    ...ok,
    value: [
      { path: "/3/0/16", node: single(16, text("U")) },
      { path: "/3/0/11/0", node: { resourceInstance: 0, value: integer(0) } },
      { path: "/1/0", node: { kind: "instance" } },
    ],
  });
  const account = read.kind === "ok" ? read.value[2]?.node : undefined;
  expect(account).toMatchObject(
    instance(0, [
      single(0, integer(1)),
      single(1, integer(86_400)),
      single(2, integer(1)),
      single(3, integer(10)),
      single(5, integer(86_400)),
      single(6, boolean(false)),
      single(7, text("U")),
    ]),
  );
  expect(client.seen).toHaveLength(1);
});

ets("1.1-int-281", async () => {
  const { server, settle } = await registeredClient();
  const read = await settle(server.readComposite(name, ["/1/0/1", "/1/0/7", "/1/0/8"]));
  expect(read).toMatchObject({
    ...ok,
    value: [
      { path: "/1/0/1", node: single(1, integer(86_400)) },
      { path: "/1/0/7", node: single(7, text("U")) },
    ],
  });
});

const three = ["/1/0/1", "/3/0/11/0", "/3/0/16"];

async function observingThree() {
  const all = await registeredClient();
  const { client, server, settle, world } = all;
  expect(await settle(server.writeAttributes(name, "/1/0/1", { pmin: 30, pmax: 45 }))).toMatchObject(ok);
  const first = await settle(server.observeComposite(name, three));
  expect(first).toMatchObject({ ...ok, value: three.map((path) => ({ path })) });
  expect(client.seen.at(-1)).toMatchObject({ method: "FETCH", path: "/", observe: 0 });
  const told = (path: string) =>
    world.events.filter((event) => event.kind === "value" && event.source === "notify" && event.path === path).length;
  return { ...all, told };
}

ets("1.1-int-304", async () => {
  const { client, world, told } = await observingThree();
  const before = three.map(told);
  await world.pass(seconds(46));
  expect(three.map(told)).toEqual(before.map((count) => count + 1));
  expect(client.notified).toMatchObject([{ outcome: "delivered" }]);
});

ets("1.1-int-305", async () => {
  const { client, server, settle, world, told } = await observingThree();
  const asked = client.seen.at(-1);
  expect(await settle(server.cancelObservation(name, three))).toMatchObject(ok);
  expect(client.seen.at(-1)).toMatchObject({ method: "FETCH", path: "/", observe: 1, payload: asked?.payload });
  const before = told("/3/0/16");
  await world.pass(seconds(100));
  expect(client.observed).toEqual([]);
  expect(told("/3/0/16")).toBe(before);
});

const identities = (texts: readonly string[]) => [multiple(0, texts.map(text))];

/** Instance 0 of the portfolio, and what there is at 0 and 1 each time that the device tells. */
async function portfolio(instances: readonly number[]) {
  const all = await registeredClient({ tree: c3 });
  const { client, server, settle, world } = all;
  client.tree.set("/16/9/0/0", "so that the object is there");
  await settle(client.register());
  for (const id of instances) {
    expect(await settle(server.create(name, 16, instance(id, identities(["aa", "bb", "cc", "dd"]))))).toMatchObject(ok);
  }
  expect(await settle(server.writeAttributes(name, "/16/0", { pmin: 30, pmax: 45 }))).toMatchObject(ok);
  const first = await settle(server.observeComposite(name, ["/16/0", "/16/1"]));
  expect(first.kind === "ok" && first.value.map(({ path }) => path)).toEqual(instances.map((id) => `/16/${id}`));
  const seen = async () => {
    const from = world.events.length;
    await world.pass(seconds(46));
    return [...new Set(world.events.slice(from).flatMap((event) => (event.kind === "value" ? [event.path] : [])))];
  };
  return { ...all, seen };
}

ets("1.1-int-308", async () => {
  const { server, settle, seen } = await portfolio([0]);
  expect(await seen()).toEqual(["/16/0"]);
  expect(await settle(server.create(name, 16, instance(1, identities(["11", "22", "33", "44"]))))).toMatchObject(ok);
  expect(await seen()).toEqual(["/16/0", "/16/1"]);
});

ets("1.1-int-309", async () => {
  const { server, settle, seen } = await portfolio([0, 1]);
  expect(await seen()).toEqual(["/16/0", "/16/1"]);
  expect(await settle(server.delete(name, "/16/1"))).toMatchObject(ok);
  expect(await seen()).toEqual(["/16/0"]);
});

ets("1.1-int-310", async () => {
  const { server, settle, world } = await registeredClient();
  expect(await settle(server.observeComposite(name, ["/1/0/3", "/3/0"]))).toMatchObject(ok);
  expect(await settle(server.writeAttributes(name, "/3", { pmax: 5 }))).toMatchObject(ok);
  const from = world.events.length;
  await world.pass(seconds(31));
  const told = world.events.slice(from).filter((event) => event.kind === "value" && event.path === "/3/0");
  expect(told.length).toBeGreaterThanOrEqual(6);
});
