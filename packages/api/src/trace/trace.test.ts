import type { Registration } from "@lamplighter/lwm2m/registration";
import { seconds } from "@lamplighter/runtime/duration";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openWorld, type World } from "../../test/world.ts";
import type { TraceView } from "./view.ts";

const address = "192.0.2.7:5683";
let world: World;
beforeAll(async () => {
  world = await openWorld();
  await world.addLights([{ id: "one", endpoint: "one" }]);
  world.registrations.set("one", {
    ...{ id: "r", endpoint: "one", address, version: "1.1", rootPath: ["lwm2m"] },
    objects: [{ object: 3, instances: [0] }],
  } as unknown as Registration);
});
afterAll(() => world[Symbol.asyncDispose]());

/** GET /lwm2m/3/0/3 with message id 1 and token 07, and its answer "1.4" in text. */
const request = Buffer.from("41010001 07 b56c776d326d 0133 0130 0133".replaceAll(" ", ""), "hex");
const answer = Buffer.from("61450001 07 c0 ff 312e34".replaceAll(" ", ""), "hex");
/** GET /lwm2m/0/0/5, and its answer "key" in text. */
const secretRequest = Buffer.from("41010002 08 b56c776d326d 0130 0130 0135".replaceAll(" ", ""), "hex");
const secretAnswer = Buffer.from("61450002 08 c0 ff 6b6579".replaceAll(" ", ""), "hex");

test("who traces a light is told what is said with it, taken apart, without its keys; nobody else costs anything", async () => {
  expect(world.taps.current).toBeUndefined();
  const told = (await world.as("operator").trace.watch({ deviceId: "one" }))[Symbol.asyncIterator]();
  const next = async (): Promise<readonly TraceView[]> => {
    const coming = told.next();
    world.clock.advance(seconds(1));
    return (await coming).value as readonly TraceView[];
  };
  expect(await next()).toEqual([]);
  world.taps.current?.("sent", address, request);
  world.taps.current?.("sent", "192.0.2.99:1", request);
  expect(await next()).toMatchObject([
    { id: 1, path: "/lwm2m/3/0/3", request: { code: "GET", type: "CON" }, response: null },
  ]);
  world.taps.current?.("received", address, answer);
  world.taps.current?.("sent", address, secretRequest);
  world.taps.current?.("received", address, secretAnswer);
  const [first, second] = await next();
  expect(first).toMatchObject({
    id: 1,
    response: {
      code: "2.05",
      payload: { kind: "values", values: [{ path: "/3/0/3", name: "Firmware Version", value: "1.4" }] },
    },
  });
  expect(second?.response?.payload).toEqual({ kind: "hidden", why: "It holds keys or credentials." });
  await told.return?.();
  world.clock.advance(seconds(300));
  expect(world.taps.current).toBeUndefined();
});

test("a trace is not for everybody, and not of a light that is not there", async () => {
  const open = async (role: string, deviceId: string) => {
    const stream = await world.as(role).trace.watch({ deviceId });
    return stream[Symbol.asyncIterator]().next();
  };
  await expect(open("viewer", "one")).rejects.toThrow(/device.trace/);
  await expect(open("operator", "nobody")).rejects.toThrow(/does not exist/);
});
