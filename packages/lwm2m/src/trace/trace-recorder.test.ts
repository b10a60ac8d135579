import { minutes, seconds } from "@lamplighter/runtime/duration";
import { expect, test } from "vitest";
import { knownObjects } from "../models/known-objects.ts";
import { BootstrapWorld } from "../testing/bootstrap-world.ts";
import { bytes, utf8 } from "../testing/bytes.ts";
import { TestWorld } from "../testing/world.ts";
import { ExchangeRecord } from "./exchange-record.ts";
import { shownPath } from "./secrets.ts";
import { showPayload } from "./shown-payload.ts";
import { traceLimits } from "./trace-limits.ts";
import { TraceRecorder } from "./trace-recorder.ts";

async function traced() {
  const taps: boolean[] = [];
  const world: TestWorld = await TestWorld.started({ onEvent: (event) => recorder.onEvent(event) });
  const recorder: TraceRecorder = new TraceRecorder({
    clock: world.clock,
    tap: (trace) => {
      taps.push(trace !== undefined);
      world.tap(trace);
    },
    addressOf: (endpoint) => world.server.find(endpoint)?.address,
    observedUnder: (endpoint, token) => world.server.observedUnder(endpoint, token),
  });
  return { world, recorder, taps };
}
const told = (watching: ReturnType<TraceRecorder["watch"]>) =>
  watching?.record.since(0).map(({ direction, kind, path }) => `${kind} ${direction} /${path?.join("/")}`);

test("only while somebody watches a device is anything heard, and only of that device", async () => {
  const { world, recorder, taps } = await traced();
  const [one, two] = [world.device("192.0.2.7:5683"), world.device("192.0.2.8:5683")];
  await one.register({ endpoint: "one" });
  await two.register({ endpoint: "two" });
  const watching = recorder.watch("one");
  let changes = 0;
  watching?.onChange(() => changes++);
  for (const device of [one, two]) device.on("GET /3/0/3", { code: 0x45, contentFormat: 0, payload: utf8("1.0") });
  await world.settle(world.server.read("one", "/3/0/3"));
  await world.settle(world.server.read("two", "/3/0/3"));
  await one.update();
  expect(told(watching)).toEqual(["request to-device /3/0/3", `request from-device /${one.location.join("/")}`]);
  expect(changes).toBe(4);
  watching?.stop();
  expect(taps).toEqual([true]);
  await world.pass(minutes(3));
  expect(taps).toEqual([true, false]);
  expect(recorder.devices).toBe(0);
});

test("a device that was not there, or comes from a new address, is heard from its Register on", async () => {
  const { world, recorder } = await traced();
  const watching = recorder.watch("light-1");
  await world.device("192.0.2.7:5683").register();
  expect(told(watching)).toEqual(["request from-device /rd"]);
  await world.device("192.0.2.7:6000").register();
  expect(told(watching)).toEqual(["request from-device /rd", "request from-device /rd"]);
  expect(watching?.record.since(0).map(({ response }) => response?.code)).toEqual([0x41, 0x41]);
});

test("what was observed before the recording began is told with its path", async () => {
  const { world, recorder } = await traced();
  const device = world.device();
  await device.register();
  let subscriber: Parameters<typeof device.endpoint.notify>[0] | undefined;
  device.on("GET /3/0/9", (request) => {
    subscriber = request.subscriber;
    return { code: 0x45, contentFormat: 0, payload: utf8("85"), observe: 1 };
  });
  await world.settle(world.server.observe("light-1", "/3/0/9"));
  const watching = recorder.watch("light-1");
  if (subscriber) device.endpoint.notify(subscriber, { code: 0x45, contentFormat: 0, payload: utf8("84") });
  await world.pass(seconds(1));
  expect(told(watching)).toEqual(["notification from-device /3/0/9"]);
});

test("as many devices as the limit says are recorded; who left makes room", async () => {
  const { recorder, world } = await traced();
  const watchings = Array.from({ length: traceLimits.devicesMax }, (_, at) => recorder.watch(`light-${at}`));
  expect(recorder.watch("one-more")).toBeUndefined();
  watchings[3]?.stop();
  expect(recorder.watch("one-more")).toBeDefined();
  recorder.close();
  expect(recorder.devices).toBe(0);
  await world.pass(minutes(3));
});

const models = knownObjects();
const show = (path: string[] | undefined, payload: Uint8Array, format: number | undefined, code = 0x45) =>
  showPayload({
    ...{ path, payload, format, code, payloadBytes: payload.length, nowSeconds: 1_000 },
    modelOf: (object) => models.find(object),
  });

test("a payload is taken apart to values with their names", () => {
  expect(show(["3", "0"], bytes("C1 09 55 C3 03 31 2E 34"), 11_542)).toEqual({
    kind: "values",
    more: false,
    values: [
      { path: "/3/0/9", name: "Battery Level", type: "integer", value: "85" },
      { path: "/3/0/3", name: "Firmware Version", type: "string", value: "1.4" },
    ],
  });
  expect(show(["dp"], utf8('[{"n":"/3303/0/5700","v":21.5}]'), 110)).toMatchObject({
    values: [{ path: "/3303/0/5700", name: "Sensor Value", value: "21.5" }],
  });
  expect(show(["3", "0", "3"], utf8("no such thing"), undefined, 0x84)).toMatchObject({ kind: "text" });
  expect(show(["rd"], utf8("</1/0>,</3/0>"), 40)).toMatchObject({ kind: "text", text: "</1/0>,</3/0>" });
  expect(show(["33000", "0", "1"], Uint8Array.of(1, 255), 42)).toMatchObject({ values: [{ value: "2 bytes: 01 ff" }] });
});

test("keys, credentials and rights to fetch never come through, however they are sent", () => {
  const secret = "s3cr3t!!";
  const key = utf8(secret);
  const senml = utf8(
    `[{"bn":"/0/0/","n":"0","vs":"coaps://a"},{"n":"5","vd":"${Buffer.from(key).toString("base64url")}"}]`,
  );
  const shown = [
    show(["0", "0", "5"], key, 42),
    show(["0", "0", "5"], key, 0),
    show(["0", "0", "5"], key, undefined),
    show(["0", "0"], Uint8Array.of(0xc8, 5, 8, ...key), 11_542),
    show(["0", "0"], Uint8Array.of(0xc8, 5, 99, ...key), 11_542),
    show(["0"], key, 65_000),
    show([], senml, 110),
    show(["dp"], senml, 112),
    show(["dp"], senml.subarray(0, 60), 110),
    show(["a", "0", "0", "5"], key, undefined),
    show(["21", "0", "0"], key, 42),
    show(undefined, key, 42),
    show(["5", "0", "1"], utf8(`coap://192.0.2.1/fw/${secret}`), 0),
    showPayload({
      ...{ path: ["0", "0", "5"], payload: key, payloadBytes: 900, format: 42, code: 3, nowSeconds: 0 },
      modelOf: () => undefined,
    }),
  ];
  const text = JSON.stringify(shown);
  for (const form of [
    secret,
    Buffer.from(key).toString("hex"),
    Buffer.from(key)
      .toString("hex")
      .replace(/(..)(?=.)/g, "$1 "),
  ]) {
    expect(text).not.toContain(form);
  }
  expect(text).toContain("coaps://a");
  expect(shownPath(["fw", secret])).toBe("/fw/…");
});

test("a bootstrap is in the trace of its light from the first word on, told apart from what is said with the other server", async () => {
  const bootstrap = new BootstrapWorld({}, { onEvent: (event) => recorder.onBootstrap(event) });
  const taps: boolean[] = [];
  const recorder: TraceRecorder = new TraceRecorder({
    clock: bootstrap.clock,
    tap: (trace) => taps.push(trace !== undefined),
    addressOf: () => "192.0.2.7:5683",
    observedUnder: () => undefined,
  });
  recorder.hearBootstrap({ tap: bootstrap.tap, addressOf: (endpoint) => bootstrap.server.addressOf(endpoint) });
  const watching = recorder.watch("light-1");
  await bootstrap.client("192.0.2.8:5683").bootstrap(["ep=light-2"]);
  expect(told(watching)).toEqual([]);
  await bootstrap.client("192.0.2.7:49152").bootstrap(["ep=light-1"]);
  expect(told(watching)).toEqual([
    "request from-device /bs",
    "request to-device /",
    "request to-device /0",
    "request to-device /1",
    "request to-device /0/0",
    "request to-device /1/0",
    "request to-device /1",
    "request to-device /bs",
  ]);
  const exchanges = watching?.record.since(0) ?? [];
  expect(new Set(exchanges.map(({ server }) => server))).toEqual(new Set(["bootstrap"]));
  expect(exchanges.every(({ response }) => response !== undefined)).toBe(true);
  watching?.stop();
  await bootstrap.pass(minutes(3));
  expect(taps).toEqual([true, false]);
});

test("a light that was refused a bootstrap, or took it in one answer, has that in its trace", async () => {
  for (const [configuration, path] of [
    [undefined, "/bs"],
    [{}, "/bspack"],
  ] as const) {
    const bootstrap = new BootstrapWorld(configuration, { onEvent: (event) => recorder.onBootstrap(event) });
    if (!configuration) bootstrap.store.byDefault = undefined;
    const recorder: TraceRecorder = new TraceRecorder({
      ...{ clock: bootstrap.clock, tap: () => {}, addressOf: () => undefined, observedUnder: () => undefined },
    });
    const watching = recorder.watch("light-1");
    recorder.hearBootstrap({ tap: bootstrap.tap, addressOf: () => undefined });
    if (configuration) await bootstrap.client().pack(["ep=light-1"]);
    else await bootstrap.client().bootstrap();
    expect(told(watching)).toEqual([`request from-device ${path}`]);
  }
});

test("the same message id and token, used with both servers, are two exchanges", () => {
  const record = new ExchangeRecord();
  const message = (code: number, type: number) =>
    bytes(`${type === 2 ? "61" : "41"} ${code.toString(16).padStart(2, "0")} 00 07 AA`);
  record.take("sent", 1, message(1, 0), "management");
  record.take("sent", 2, message(1, 0), "bootstrap");
  record.take("received", 3, message(0x45, 2), "bootstrap");
  expect(record.since(0).map(({ server, response }) => [server, response?.code])).toEqual([
    ["management", undefined],
    ["bootstrap", 0x45],
  ]);
});
