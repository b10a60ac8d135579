import { seconds } from "@lamplighter/runtime/duration";
import { expect } from "vitest";
import { instance, multiple, type Node, single } from "../node.ts";
import { hex } from "../testing/bytes.ts";
import { ets } from "../testing/ets.ts";
import { c4, c6, c12, EtsClient, format, registeredClient } from "../testing/ets-client.ts";
import { boolean, integer, type ResourceValue, text, time } from "../value.ts";

const name = "light-1";
const ok = (value?: unknown) => (value === undefined ? { kind: "ok" } : { kind: "ok", value });

/** Resources of an instance that was read, as plain values. */
function plain(node: Node | undefined): Record<number, unknown> {
  if (node?.kind === "object") return plain([...node.instances.values()][0]);
  if (node?.kind !== "instance") return {};
  return Object.fromEntries(
    [...node.resources].map(([id, resource]) => [
      id,
      resource.kind === "single" ? bare(resource.value) : [...resource.values.values()].map(bare),
    ]),
  );
}
const bare = ({ value }: ResourceValue) => (typeof value === "bigint" ? Number(value) : value);
const nodeOf = (outcome: { kind: string }) => (outcome as { value?: Node }).value;

const device = {
  0: "Open Mobile Alliance",
  1: "Lightweight M2M Client",
  2: "345000123",
  3: "1.0",
  11: [0],
  16: "U",
};

ets("1.1-int-201", async () => {
  const { client, server, settle } = await registeredClient();
  for (const [id, value] of Object.entries(device).slice(0, 3)) {
    expect(await settle(server.read(name, `/3/0/${id}`))).toMatchObject(ok(single(Number(id), text(String(value)))));
  }
  expect(client.seen.map(({ path, accept }) => [path, accept])).toEqual([
    ["/3/0/0", format.text],
    ["/3/0/1", format.text],
    ["/3/0/2", format.text],
  ]);
});

ets("1.1-int-203", async () => {
  const { client, server, settle } = await registeredClient();
  expect(plain(nodeOf(await settle(server.read(name, "/3/0"))))).toEqual(device);
  expect(client.seen[0]).toMatchObject({ method: "GET", path: "/3/0", accept: format.tlv });
});

ets("1.1-int-205", async () => {
  const { client, server, settle } = await registeredClient();
  const write = async (values: Readonly<Record<number, number>>) => {
    for (const [id, value] of Object.entries(values)) {
      expect(await settle(server.write(name, `/1/0/${id}`, integer(value)))).toMatchObject(ok());
    }
    expect(plain(nodeOf(await settle(server.read(name, "/1/0"))))).toMatchObject(values);
  };
  await write({ 2: 101, 3: 1_010, 5: 2_000 });
  await write({ 2: 1, 3: 10, 5: 86_400 });
  expect(client.seen[0]).toMatchObject({ method: "PUT", path: "/1/0/2", contentFormat: format.text });
  expect(new TextDecoder().decode(client.seen[0]?.payload)).toBe("101");
});

const set215 = instance(0, [
  single(2, integer(101)),
  single(3, integer(1_010)),
  single(5, integer(2_000)),
  single(6, boolean(true)),
  single(7, text("U")),
]);
const initial = instance(0, [
  single(1, integer(86_400)),
  single(2, integer(1)),
  single(3, integer(10)),
  single(5, integer(86_400)),
  single(6, boolean(false)),
  single(7, text("U")),
]);

ets("1.1-int-215", async () => {
  const { client, server, settle } = await registeredClient();
  expect(await settle(server.write(name, "/1/0", set215, { mode: "partial" }))).toMatchObject(ok());
  expect(client.seen[0]).toMatchObject({ method: "POST", path: "/1/0", contentFormat: format.tlv });
  // The bytes that the suite prints.
  expect(hex(client.seen[0]!.payload)).toBe("C1 02 65 C2 03 03 F2 C2 05 07 D0 C1 06 01 C1 07 55");
  expect(plain(nodeOf(await settle(server.read(name, "/1/0"))))).toMatchObject({
    2: 101,
    3: 1_010,
    5: 2_000,
    6: true,
    7: "U",
  });
  expect(await settle(server.write(name, "/1/0", initial))).toMatchObject(ok());
  expect(client.seen[2]).toMatchObject({ method: "PUT", path: "/1/0" });
  expect(plain(nodeOf(await settle(server.read(name, "/1/0"))))).toMatchObject({ 2: 1, 3: 10, 5: 86_400, 6: false });
});

ets("1.1-int-221", async () => {
  const { client, server, settle } = await registeredClient();
  const refused = { kind: "error", code: "4.01" };
  expect(await settle(server.read(name, "/0"))).toMatchObject(refused);
  expect(await settle(server.writeAttributes(name, "/0", { pmin: 30, pmax: 45 }))).toMatchObject(refused);
  expect(client.asked()).toEqual(["GET /0 4.01", "PUT /0?pmin=30&pmax=45 4.01"]);
  // The write of the server's address is refused by whichever of the two says so first.
  const written = await settle(server.write(name, "/0/0/0", text("coap://other")));
  expect(["error", "invalid"]).toContain(written.kind);
});

ets("1.1-int-222", async () => {
  const { server, settle } = await registeredClient();
  const account = await settle(server.read(name, "/1"));
  expect(nodeOf(account)).toMatchObject({ kind: "object", object: 1 });
  expect(plain(nodeOf(account))).toEqual({ 0: 1, 1: 86_400, 2: 1, 3: 10, 5: 86_400, 6: false, 7: "U" });
  expect(plain(nodeOf(await settle(server.read(name, "/3"))))).toEqual(device);
});

ets("1.1-int-223", async () => {
  const { client, server, settle } = await registeredClient();
  expect(plain(nodeOf(await settle(server.read(name, "/1/0"))))).toMatchObject({ 0: 1, 1: 86_400, 6: false, 7: "U" });
  expect(plain(nodeOf(await settle(server.read(name, "/3/0"))))).toEqual(device);
  expect(client.asked()).toEqual(["GET /1/0 2.05", "GET /3/0 2.05"]);
});

ets("1.1-int-224", async () => {
  const { server, settle } = await registeredClient();
  const expected = [
    ["/1/0/0", single(0, integer(1))],
    ["/1/0/1", single(1, integer(86_400))],
    ["/1/0/6", single(6, boolean(false))],
    ["/1/0/7", single(7, text("U"))],
    ["/3/0/16", single(16, text("U"))],
  ] as const;
  for (const [path, node] of expected) expect(await settle(server.read(name, path))).toMatchObject(ok(node));
});

ets("1.1-int-225", async () => {
  const { client, server, settle } = await registeredClient({ tree: { ...c4, "/3/0/11/1": 7 } });
  expect(await settle(server.read(name, "/3/0/11/1"))).toMatchObject(ok({ resourceInstance: 1, value: integer(7) }));
  expect(client.asked()).toEqual(["GET /3/0/11/1 2.05"]);
});

ets("1.1-int-226", async () => {
  const { client, server, settle, world } = await registeredClient();
  const change = instance(0, [single(1, integer(61)), single(6, boolean(true))]);
  expect(await settle(server.write(name, "/1/0", change, { mode: "partial" }))).toMatchObject(ok());
  await world.pass(seconds(1));
  expect(client.asked()).toEqual(["POST /1/0 2.04"]);
  expect(client.answers.at(-1)).toBe("POST /rd/*?lt=61 2.04");
  expect(server.find(name)?.lifetimeSeconds).toBe(61);
  expect(plain(nodeOf(await settle(server.read(name, "/1/0"))))).toMatchObject({ 1: 61, 6: true });
  const back = instance(0, [single(1, integer(86_400)), single(6, boolean(false))]);
  expect(await settle(server.write(name, "/1/0", back, { mode: "partial" }))).toMatchObject(ok());
  await world.pass(seconds(1));
  expect(server.find(name)?.lifetimeSeconds).toBe(86_400);
});

ets("1.1-int-227", async () => {
  const { client, server, settle, world } = await registeredClient();
  expect(await settle(server.write(name, "/1/0/1", integer(63)))).toMatchObject(ok());
  await world.pass(seconds(1));
  expect(client.answers.at(-1)).toBe("POST /rd/*?lt=63 2.04");
  expect(await settle(server.read(name, "/1/0/1"))).toMatchObject(ok(single(1, integer(63))));
  expect(await settle(server.write(name, "/1/0/1", integer(86_400)))).toMatchObject(ok());
  await world.pass(seconds(1));
  expect(server.find(name)?.lifetimeSeconds).toBe(86_400);
});

ets("1.1-int-228", async () => {
  const { client, server, settle } = await registeredClient({ tree: c12 });
  expect(await settle(server.write(name, "/16/0/0/1", text("test")))).toMatchObject(ok());
  expect(client.asked()).toEqual(["PUT /16/0/0/1 2.04"]);
  expect(await settle(server.read(name, "/16/0/0/1"))).toMatchObject(ok({ resourceInstance: 1, value: text("test") }));
  expect(client.tree.get("/16/0/0/0")).toBe("Host Device ID #1");
});

ets("1.1-int-241", async () => {
  const { client, server, settle, world } = await registeredClient();
  const before = server.find(name)?.id;
  await settle(server.observe(name, "/3/0/16"));
  expect(await settle(server.execute(name, "/3/0/4"))).toMatchObject(ok());
  await world.pass(seconds(10));
  expect(client.answers.at(-1)).toBe("POST /rd 2.01");
  expect(server.find(name)?.id).not.toBe(before);
  expect(server.registrationCount).toBe(1);
  // The reboot voided what was observed, and what is desired is observed again.
  expect(client.observed).toEqual(["/3/0/16"]);
});

ets("1.1-int-256", async () => {
  const { client, server, settle, world } = await registeredClient();
  // Our own check knows that it cannot be written; the wire is asked by a client whose object we do not know.
  expect(await settle(server.write(name, "/1/0/0", integer(123)))).toMatchObject({ kind: "invalid" });
  const stranger = new EtsClient(world, {
    endpoint: "other",
    address: "192.0.2.8:5683",
    tree: { "/1/0/0": 1, "/33000/0/1": 5 },
  });
  stranger.readOnly.add("/33000/0/1");
  await settle(stranger.register());
  expect(await settle(server.write("other", "/33000/0/1", integer(123)))).toMatchObject({
    kind: "error",
    code: "4.05",
  });
  expect(await settle(server.read(name, "/1/0/0"))).toMatchObject(ok(single(0, integer(1))));
  expect(client.asked()).toEqual(["GET /1/0/0 2.05"]);
});

ets("1.1-int-260", async () => {
  const { server, settle } = await registeredClient({ tree: c4 });
  const links = async (path: string) => {
    const outcome = await settle(server.discover(name, path));
    if (outcome.kind !== "ok") throw new Error(outcome.kind);
    return outcome.value.map(({ target, attributes }) =>
      [target, ...Object.entries(attributes).map(([key, value]) => `${key}=${value}`)].join(";"),
    );
  };
  const instanceLinks = ["0", "1", "2", "3", "4", "6;dim=2", "7;dim=2", "8;dim=2", "9", "11;dim=1", "16"].map(
    (id) => `/3/0/${id}`,
  );
  expect(await links("/3")).toEqual(["/3", "/3/0", ...instanceLinks]);
  expect(await settle(server.writeAttributes(name, "/3", { pmin: 10, pmax: 200 }))).toMatchObject(ok());
  expect(await links("/3/0")).toEqual(["/3/0;pmin=10;pmax=200", ...instanceLinks]);
  expect(await settle(server.writeAttributes(name, "/3/0/7", { lt: 1, gt: 6, st: 1 }))).toMatchObject(ok());
  expect(await links("/3/0")).toContain("/3/0/7;dim=2;lt=1;gt=6;st=1");
  expect((await links("/3/0/7"))[0]).toBe("/3/0/7;dim=2;pmin=10;pmax=200;lt=1;gt=6;st=1");
});

ets("1.1-int-261", async () => {
  const { client, server, settle } = await registeredClient({ tree: c4 });
  expect(await settle(server.discover(name, "/3/0/11"))).toMatchObject(
    ok([{ target: "/3/0/11", attributes: { dim: "1" } }, { target: "/3/0/11/0" }]),
  );
  expect(await settle(server.writeAttributes(name, "/3", { pmin: 10, pmax: 200 }))).toMatchObject(ok());
  expect(await settle(server.writeAttributes(name, "/3/0", { pmax: 320 }))).toMatchObject(ok());
  expect(await settle(server.writeAttributes(name, "/3/0/11/0", { pmax: 100, epmin: 1, epmax: 20 }))).toMatchObject(
    ok(),
  );
  expect(await settle(server.discover(name, "/3/0/11"))).toMatchObject(
    ok([
      { target: "/3/0/11", attributes: { dim: "1", pmin: "10", pmax: "320" } },
      { target: "/3/0/11/0", attributes: { pmax: "100", epmin: "1", epmax: "20" } },
    ]),
  );
  expect(client.asked().filter((line) => line.startsWith("PUT"))).toEqual([
    "PUT /3?pmin=10&pmax=200 2.04",
    "PUT /3/0?pmax=320 2.04",
    "PUT /3/0/11/0?pmax=100&epmin=1&epmax=20 2.04",
  ]);
});

ets("1.1-int-651", async () => {
  const { client, server, settle } = await registeredClient({ tree: c6 });
  const change = instance(0, [
    single(13, time(1_367_491_215)),
    single(14, text("+02:00")),
    single(15, text("Europe/Paris")),
  ]);
  expect(await settle(server.write(name, "/3/0", change, { mode: "partial" }))).toMatchObject(ok());
  expect(hex(client.seen[0]!.payload)).toBe(
    "C4 0D 51 82 42 8F C6 0E 2B 30 32 3A 30 30 C8 0F 0C 45 75 72 6F 70 65 2F 50 61 72 69 73",
  );
  expect(plain(nodeOf(await settle(server.read(name, "/3/0"))))).toMatchObject({
    13: 1_367_491_215,
    14: "+02:00",
    15: "Europe/Paris",
  });
  const saved = instance(0, [
    single(13, time(1_000_000)),
    single(14, text("+01:00")),
    single(15, text("Europe/Berlin")),
  ]);
  expect(await settle(server.write(name, "/3/0", saved))).toMatchObject(ok());
  expect(client.seen.at(-1)?.method).toBe("PUT");
  expect(plain(nodeOf(await settle(server.read(name, "/3/0"))))).toMatchObject({ 13: 1_000_000, 15: "Europe/Berlin" });
});

ets("1.1-int-652", async () => {
  const { server, settle } = await registeredClient({ tree: c6 });
  expect(await settle(server.read(name, "/3/0/3"))).toMatchObject(ok(single(3, text("1.0"))));
});

ets("1.1-int-680", async () => {
  const { client, server, settle } = await registeredClient();
  const outcome = await settle(server.create(name, 3, instance(1, [])));
  expect(outcome).toMatchObject({ kind: "error", code: "4.05" });
  expect(client.asked()).toEqual(["POST /3 4.05"]);
});

ets("1.1-int-685", async () => {
  const { client, server, settle } = await registeredClient();
  expect(await settle(server.delete(name, "/3/0"))).toMatchObject({ kind: "error", code: "4.05" });
  expect(client.asked()).toEqual(["DELETE /3/0 4.05"]);
});

ets("1.1-int-1630", async () => {
  const { client, server, settle } = await registeredClient({ tree: c12 });
  expect(await settle(server.discover(name, "/16/0"))).toMatchObject(
    ok([{ target: "/16/0" }, { target: "/16/0/0", attributes: { dim: "4" } }]),
  );
  const created = instance(1, [multiple(0, [text("Host Device ID #2"), text("Host Device Model #2")])]);
  expect(await settle(server.create(name, 16, created))).toMatchObject(ok());
  const { payload } = client.seen.find(({ method }) => method === "POST")!;
  // The suite's document but for the second text's place: it says 48 01 14, and its own lengths 80 00 2B where ours are one shorter.
  expect(hex(payload.subarray(0, 10))).toMatch(/^08 01 \w\w 88 00 \w\w 48 00 11 48/);
  expect(await settle(server.discover(name, "/16/1"))).toMatchObject(
    ok([{ target: "/16/1" }, { target: "/16/1/0", attributes: { dim: "2" } }]),
  );
  const both = nodeOf(await settle(server.read(name, "/16")));
  expect(both?.kind === "object" && [...both.instances.keys()]).toEqual([0, 1]);
});

ets("1.1-int-1635", async () => {
  const { client, server, settle } = await registeredClient({ tree: c12 });
  expect(await settle(server.delete(name, "/16/0"))).toMatchObject(ok());
  expect(client.asked()).toEqual(["DELETE /16/0 2.02"]);
  expect(await settle(server.discover(name, "/16"))).toMatchObject(ok([{ target: "/16" }]));
});
