import { seconds } from "@lamplighter/runtime/duration";
import { expect } from "vitest";
import { instance, type Node, single } from "../node.ts";
import { ets } from "../testing/ets.ts";
import { c3, c12, etsWorld, format, registeredClient } from "../testing/ets-client.ts";
import { boolean, integer, type ResourceValue, text } from "../value.ts";

const name = "light-1";
const ok = { kind: "ok" };
const bare = ({ value }: ResourceValue) => (typeof value === "bigint" ? Number(value) : value);

/** What was read of an instance, or of an object's only one, as plain values by resource. */
function plain(outcome: { readonly kind: string }): Record<number, unknown> {
  const node = (outcome as { value?: Node }).value;
  const one = node?.kind === "object" ? [...node.instances.values()][0] : node;
  if (one?.kind !== "instance") return {};
  return Object.fromEntries(
    [...one.resources].map(([id, each]) => [
      id,
      each.kind === "single" ? bare(each.value) : [...each.values.values()].map(bare),
    ]),
  );
}

const device = { 0: "Open Mobile Alliance", 1: "Lightweight M2M Client", 2: "345000123", 3: "1.0", 11: [0], 16: "U" };

ets("1.1-int-204", async () => {
  const { client, server, settle } = await etsWorld();
  await settle(client.register(["lt=86400", "lwm2m=1.0", "b=U"]));
  expect(plain(await settle(server.read(name, "/3/0", { contentFormat: format.json })))).toEqual(device);
  expect(client.seen[0]).toMatchObject({ accept: format.json, code: "2.05" });
});

ets("1.1-int-211", async () => {
  const { client, server, settle } = await registeredClient();
  const values = [
    ["/1/0/0", single(0, integer(1))],
    ["/1/0/6", single(6, boolean(false))],
    ["/1/0/7", single(7, text("U"))],
  ] as const;
  for (const [path, node] of values) {
    expect(await settle(server.read(name, path, { contentFormat: format.cbor }))).toMatchObject({ ...ok, value: node });
  }
  expect(client.seen.map(({ accept }) => accept)).toEqual([60, 60, 60]);
});

ets("1.1-int-212", async () => {
  const { client, server, settle } = await registeredClient();
  const values = [
    ["/1/0/2", integer(101)],
    ["/1/0/3", integer(1_010)],
    ["/1/0/6", boolean(true)],
  ] as const;
  for (const [path, value] of values) {
    expect(await settle(server.write(name, path, value, { contentFormat: format.cbor }))).toMatchObject(ok);
  }
  expect(client.seen.map(({ contentFormat }) => contentFormat)).toEqual([60, 60, 60]);
  expect(plain(await settle(server.read(name, "/1/0")))).toMatchObject({ 2: 101, 3: 1_010, 6: true });
});

ets("1.1-int-220", async () => {
  const { client, server, settle } = await etsWorld();
  await settle(client.register(["lt=86400", "lwm2m=1.0", "b=U"]));
  const set = (values: readonly (readonly [number, ResourceValue])[]) =>
    instance(
      0,
      values.map(([id, value]) => single(id, value)),
    );
  const change = set([
    [2, integer(101)],
    [3, integer(1_010)],
    [5, integer(2_000)],
    [6, boolean(true)],
    [7, text("U")],
  ]);
  const json = { contentFormat: format.json };
  expect(await settle(server.write(name, "/1/0", change, { mode: "partial", ...json }))).toMatchObject(ok);
  expect(client.seen[0]).toMatchObject({ method: "POST", path: "/1/0", contentFormat: format.json });
  expect(plain(await settle(server.read(name, "/1/0")))).toMatchObject({ 2: 101, 3: 1_010, 5: 2_000, 6: true, 7: "U" });
  const saved = set([
    [1, integer(86_400)],
    [2, integer(1)],
    [3, integer(10)],
    [5, integer(86_400)],
    [6, boolean(false)],
    [7, text("U")],
  ]);
  expect(await settle(server.write(name, "/1/0", saved, json))).toMatchObject(ok);
  expect(plain(await settle(server.read(name, "/1/0")))).toMatchObject({ 2: 1, 3: 10, 5: 86_400, 6: false });
});

/** An object, an instance, a resource and a resource instance, all in one format. */
async function queriesIn(contentFormat: number): Promise<void> {
  const { client, server, settle } = await registeredClient();
  expect(plain(await settle(server.read(name, "/1", { contentFormat })))).toMatchObject({
    0: 1,
    1: 86_400,
    6: false,
    7: "U",
  });
  expect(plain(await settle(server.read(name, "/3/0", { contentFormat })))).toEqual(device);
  expect(await settle(server.read(name, "/3/0/16", { contentFormat }))).toMatchObject({
    ...ok,
    value: single(16, text("U")),
  });
  expect(await settle(server.read(name, "/3/0/11/0", { contentFormat }))).toMatchObject({
    ...ok,
    value: { resourceInstance: 0, value: integer(0) },
  });
  expect(client.seen.map(({ accept, code }) => [accept, code])).toEqual(Array(4).fill([contentFormat, "2.05"]));
}

ets("1.1-int-231", () => queriesIn(format.senmlJson));
ets("1.1-int-232", () => queriesIn(format.senmlCbor));

async function setsIn(contentFormat: number): Promise<void> {
  const { client, server, settle, world } = await registeredClient({ tree: c12 });
  const change = instance(0, [single(1, integer(61)), single(6, boolean(true))]);
  expect(await settle(server.write(name, "/1/0", change, { mode: "partial", contentFormat }))).toMatchObject(ok);
  await world.pass(seconds(1));
  expect(client.answers.at(-1)).toBe("POST /rd/*?lt=61 2.04");
  expect(plain(await settle(server.read(name, "/1", { contentFormat })))).toMatchObject({ 1: 61, 6: true });
  expect(await settle(server.write(name, "/16/0/0/0", text("test_value"), { contentFormat }))).toMatchObject(ok);
  expect(plain(await settle(server.read(name, "/16", { contentFormat })))).toMatchObject({
    0: expect.arrayContaining(["test_value"]),
  });
  expect(await settle(server.write(name, "/1/0/1", integer(63), { contentFormat }))).toMatchObject(ok);
  await world.pass(seconds(1));
  expect(client.answers.at(-1)).toBe("POST /rd/*?lt=63 2.04");
  expect(await settle(server.read(name, "/1/0/1", { contentFormat }))).toMatchObject({
    ...ok,
    value: single(1, integer(63)),
  });
  const writes = client.seen.filter(({ method }) => method !== "GET");
  expect(writes.map((each) => each.contentFormat)).toEqual([contentFormat, contentFormat, contentFormat]);
}

ets("1.1-int-233", () => setsIn(format.senmlCbor));
ets("1.1-int-234", () => setsIn(format.senmlJson));

ets("1.1-int-237", async () => {
  for (const preferred of [format.senmlCbor, format.senmlJson, format.tlv]) {
    const { client, server, settle } = await registeredClient({ tree: c3 });
    client.preferred = preferred;
    expect(plain(await settle(server.read(name, "/1", { contentFormat: "any" })))).toMatchObject({ 0: 1, 1: 86_400 });
    expect(plain(await settle(server.read(name, "/3", { contentFormat: "any" })))).toEqual(device);
    expect(client.seen.map(({ accept }) => accept)).toEqual([undefined, undefined]);
  }
});
