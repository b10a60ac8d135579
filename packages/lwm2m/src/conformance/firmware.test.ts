import { CHANGED } from "@lamplighter/coap/code";
import type { IncomingRequest, Subscriber } from "@lamplighter/coap/endpoint";
import { seconds } from "@lamplighter/runtime/duration";
import { expect } from "vitest";
import { single } from "../node.ts";
import { bytes, utf8 } from "../testing/bytes.ts";
import { ets } from "../testing/ets.ts";
import { tlv } from "../testing/peer-encoding.ts";
import { TestWorld } from "../testing/world.ts";
import { integer, text } from "../value.ts";

const name = "light-1";
const ok = { kind: "ok" };
const image = Uint8Array.from({ length: 5_000 }, (_, index) => (index * 7) & 0xff);

/**
 * Object 5 of a client, played by the book (OMA TS Core 1.1 §E.6): `ends` is with which Update Result a download ends, and
 * `installs` an installation.
 */
async function firmwareClient({ ends = 0, installs = 1, hangs = false } = {}) {
  const world = await TestWorld.started();
  const device = world.device();
  const state = { state: 0, result: 0, version: "1.0", package: new Uint8Array(), uri: "" };
  let subscriber: Subscriber | undefined;
  const resource = (value: string | number) => ({ code: 0x45, contentFormat: 0, payload: utf8(String(value)) });
  const go = (to: number, result: number) => {
    state.state = to;
    state.result = result;
    if (subscriber) device.endpoint.notify(subscriber, resource(to));
  };
  const download = () => {
    go(1, 0);
    world.clock.after(seconds(5), () => (ends === 0 ? go(2, 0) : go(ends === 6 ? 1 : 0, ends)));
  };
  const changed = { code: CHANGED };
  device
    .on("GET /5/0", () => ({
      code: 0x45,
      contentFormat: 11_542,
      payload: Uint8Array.from([
        ...tlv(3, 3, [state.state]),
        ...tlv(3, 5, [state.result]),
        ...tlv(2, 8, tlv(1, 0, [0])),
        ...tlv(3, 9, [2]),
      ]),
    }))
    .on("GET /5/0/3", (request: IncomingRequest) => {
      if (request.subscriber) subscriber = request.subscriber;
      return { ...resource(state.state), ...(request.subscriber && { observe: 1 }) };
    })
    .on("GET /5/0/5", () => resource(state.result))
    .on("GET /3/0/3", () => resource(state.version))
    .on("PUT /5/0", changed)
    .on("PUT /5/0/0", ({ payload }) => {
      state.package = payload.slice();
      const isReset = payload.length === 0 || (payload.length === 1 && payload[0] === 0);
      if (isReset) go(0, 0);
      else download();
      return changed;
    })
    .on("PUT /5/0/1", ({ payload }) => {
      state.uri = new TextDecoder().decode(payload);
      if (state.uri === "") go(0, 0);
      else if (!hangs) download();
      else go(1, 0);
      return changed;
    })
    .on("POST /5/0/2", () => {
      if (state.state !== 2) return { code: 0x85 };
      go(3, 0);
      world.clock.after(seconds(10), () => {
        if (installs === 1) state.version = "2.0";
        go(installs === 1 ? 0 : 2, installs);
      });
      return changed;
    });
  await device.register({ objects: "</1/0>,</3/0>,</5/0>" });
  const { server } = world;
  const settle = <T>(promise: Promise<T>) => world.settle(promise);
  const stateAndResult = async () => {
    const read = await settle(server.read(name, "/5/0"));
    if (read.kind !== "ok" || read.value.kind !== "instance") throw new Error(read.kind);
    const numberAt = (id: number) => {
      const each = read.value.kind === "instance" ? read.value.resources.get(id) : undefined;
      return each?.kind === "single" ? Number(each.value.value) : undefined;
    };
    return [numberAt(3), numberAt(5)];
  };
  return { world, device, server, settle, state, go, stateAndResult };
}

/** Takes whatever was begun to its end. */
const later = (world: TestWorld) => world.pass(seconds(12));

ets("1.1-int-751", async () => {
  const { server, settle, device, stateAndResult } = await firmwareClient();
  expect(await stateAndResult()).toEqual([0, 0]);
  const read = await settle(server.read(name, "/5/0"));
  expect(read).toMatchObject({ ...ok, value: { resources: expect.anything() } });
  const resources = read.kind === "ok" && read.value.kind === "instance" ? read.value.resources : new Map();
  expect(resources.get(8)).toMatchObject({ kind: "multiple", values: new Map([[0, integer(0)]]) });
  expect(resources.get(9)).toEqual(single(9, integer(2)));
  expect(device.asked()[0]).toBe("GET /5/0 accept 11542");
});

ets("1.1-int-755", async () => {
  const { server, settle, state, stateAndResult, world } = await firmwareClient();
  expect(await settle(server.writeOpaque(name, "/5/0/0", bytes("00")))).toMatchObject(ok);
  expect(await stateAndResult()).toEqual([0, 0]);
  expect(await settle(server.writeOpaque(name, "/5/0/0", image))).toMatchObject(ok);
  expect(state.package).toEqual(image);
  await later(world);
  expect(await stateAndResult()).toEqual([2, 0]);
});

const uri = "coap://192.0.2.1/fw/image";

ets("1.1-int-756", async () => {
  const { server, settle, state, stateAndResult, world } = await firmwareClient();
  expect(await settle(server.write(name, "/5/0/1", text("")))).toMatchObject(ok);
  expect(await stateAndResult()).toEqual([0, 0]);
  expect(await settle(server.write(name, "/5/0/1", text(uri)))).toMatchObject(ok);
  expect(state.uri).toBe(uri);
  await later(world);
  expect(await stateAndResult()).toEqual([2, 0]);
});

ets("1.1-int-760", async () => {
  const { device, server, settle, world } = await firmwareClient();
  expect(await settle(server.writeAttributes(name, "/5/0", { pmin: 2, pmax: 10 }))).toMatchObject(ok);
  expect(await settle(server.observe(name, "/5/0/3"))).toMatchObject({ ...ok, value: single(3, integer(0)) });
  expect(await settle(server.writeOpaque(name, "/5/0/0", image))).toMatchObject(ok);
  await later(world);
  const told = world.events.flatMap((event) =>
    event.kind === "value" && event.path === "/5/0/3" && event.node.kind === "single"
      ? [Number(event.node.value.value)]
      : [],
  );
  expect(told).toEqual([0, 1, 2]);
  expect(device.requests[0]).toMatchObject({ query: ["pmin=2", "pmax=10"] });
});

async function installs({ server, settle, world, stateAndResult }: Awaited<ReturnType<typeof firmwareClient>>) {
  expect(await settle(server.execute(name, "/5/0/2"))).toMatchObject(ok);
  expect(await stateAndResult()).toEqual([3, 0]);
  await later(world);
  expect(await stateAndResult()).toEqual([0, 1]);
  expect(await settle(server.read(name, "/3/0/3"))).toMatchObject({ ...ok, value: single(3, text("2.0")) });
}

ets("1.1-int-770", async () => {
  const all = await firmwareClient();
  const { server, settle, world, stateAndResult, device } = all;
  expect(await settle(server.writeOpaque(name, "/5/0/0", bytes("00")))).toMatchObject(ok);
  expect(await settle(server.writeOpaque(name, "/5/0/0", image))).toMatchObject(ok);
  expect(device.requests.find(({ payload }) => payload.length > 1)).toMatchObject({ blocks: 5, contentFormat: 42 });
  expect(await stateAndResult()).toEqual([1, 0]);
  await later(world);
  expect(await stateAndResult()).toEqual([2, 0]);
  await installs(all);
});

ets("1.1-int-771", async () => {
  const all = await firmwareClient();
  const { server, settle, world, stateAndResult } = all;
  expect(await settle(server.write(name, "/5/0/1", text("")))).toMatchObject(ok);
  expect(await settle(server.write(name, "/5/0/1", text(uri)))).toMatchObject(ok);
  await later(world);
  expect(await stateAndResult()).toEqual([2, 0]);
  await installs(all);
});

ets("1.1-int-772", async () => {
  const { server, settle, stateAndResult } = await firmwareClient();
  const before = await stateAndResult();
  expect(await settle(server.execute(name, "/5/0/2"))).toMatchObject({ kind: "error", code: "4.05" });
  expect(await stateAndResult()).toEqual(before);
});

/** Pushes, and sees the download end as the case says. */
async function endsWith(result: number, end: readonly [number, number]) {
  const { server, settle, world, stateAndResult } = await firmwareClient({ ends: result });
  expect(await settle(server.read(name, "/5/0/3"))).toMatchObject({ value: single(3, integer(0)) });
  expect(await settle(server.writeOpaque(name, "/5/0/0", image))).toMatchObject(ok);
  expect(await stateAndResult()).toEqual([1, 0]);
  await later(world);
  expect(await stateAndResult()).toEqual(end);
  expect(await settle(server.read(name, "/5/0/5"))).toMatchObject({ value: single(5, integer(result)) });
}

ets("1.1-int-773", () => endsWith(2, [0, 2]));
ets("1.1-int-774", () => endsWith(3, [0, 3]));
ets("1.1-int-776", () => endsWith(5, [0, 5]));
ets("1.1-int-777", () => endsWith(6, [1, 6]));

ets("1.1-int-775", async () => {
  const { server, settle, go, stateAndResult } = await firmwareClient({ hangs: true });
  expect(await settle(server.write(name, "/5/0/1", text(uri)))).toMatchObject(ok);
  expect(await stateAndResult()).toEqual([1, 0]);
  go(0, 4);
  expect(await stateAndResult()).toEqual([0, 4]);
});

ets("1.1-int-778", async () => {
  const { server, settle, world, stateAndResult } = await firmwareClient({ ends: 7 });
  expect(await settle(server.write(name, "/5/0/1", text("coap://nowhere.invalid/x")))).toMatchObject(ok);
  await later(world);
  expect(await stateAndResult()).toEqual([0, 7]);
});

ets("1.1-int-779", async () => {
  const { server, settle, world, stateAndResult } = await firmwareClient({ installs: 8 });
  const before = await settle(server.read(name, "/3/0/3"));
  expect(await settle(server.writeOpaque(name, "/5/0/0", image))).toMatchObject(ok);
  await later(world);
  expect(await settle(server.execute(name, "/5/0/2"))).toMatchObject(ok);
  expect(await stateAndResult()).toEqual([3, 0]);
  await later(world);
  expect(await stateAndResult()).toEqual([2, 8]);
  expect(await settle(server.read(name, "/3/0/3"))).toMatchObject({ value: (before as { value: unknown }).value });
});
