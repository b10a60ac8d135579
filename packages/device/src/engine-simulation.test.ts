import { singleValue } from "@lamplighter/lwm2m/node";
import { registeredObject } from "@lamplighter/lwm2m/registration";
import { milliseconds, minutes, seconds } from "@lamplighter/runtime/duration";
import { expect, test } from "vitest";
import {
  levelPath,
  pushedBytes,
  type SimulatedFleet,
  type SimulatedLight,
  simulatedFleet,
} from "./testing/simulated-fleet.ts";

/**
 * 2,000 small fleets, each drawn by a seed, live through loss, duplication, reordering, copies that come a minute late,
 * power cuts, reboots, sleep, changes of address and restarts of the server, while they are read, written, observed, sent
 * firmware in blocks, given and rid of instances, attributes and lifetimes, and told to reboot. Held to, in every one:
 *
 *  1. every operation asked of a server that lives on ends, exactly once;
 *  2. what a read says, and what a light notifies, is what the light was at some time: its first level or one asked for;
 *  3. a light burns at a level that somebody asked for, and never at two for one request;
 *  4. an Execute or Create is one request: it goes out again only as the same one, under its token, and nobody reboots
 *     untold (a light that restarts forgets what it heard, so a late copy of a datagram may reach it twice: RFC 7252 §4.2
 *     cannot tell);
 *  5. once the weather is fair, exactly the lights that are switched on are registered, each from where it is seen now;
 *  6. what a server wants to observe of a light it holds as one observation, however often it was asked for, and the light
 *     tells it its next change within seconds;
 *  7. a lost server leaves nothing behind: the next one knows every light that had not gone meanwhile;
 *  8. when all is quiet nothing is under way or queued at the endpoint;
 *  9. a light takes an image whole or not at all, never more images than were sent, and each that the server calls sent;
 *     it runs what it came with or what it was sent;
 * 10. the object list and the lifetime that the server has of a light are those of the light;
 * 11. nothing is thrown, and the same seed gives the same story.
 */
const seeds = 2_000;
const stepsEach = 24;
const fair = { loss: 0, duplication: 0, delayMax: milliseconds(20) };

async function live(seed: number): Promise<readonly string[]> {
  const fleet = await simulatedFleet(seed);
  const { lights, pass, story } = fleet;
  await pass(seconds(10));
  for (let taken = 0; taken < stepsEach; taken++) {
    await fleet.step();
    await pass(milliseconds(fleet.pick(9) * 1_000));
  }
  fleet.network.setConditions(fair);
  // Beyond each lifetime, retransmission and patience of either side.
  await pass(minutes(6));
  const { engine, endpoint } = fleet.server();
  expect(fleet.untrue, `seed ${seed}: what no light ever was`).toEqual([]);
  expect(fleet.underWay(), `seed ${seed}: operations without an end`).toBe(0);

  const registered = [...engine.registrations()].map((one) => [one.endpoint, one.address] as const).sort();
  expect(registered, `seed ${seed}: who is registered`).toEqual(lights.map(({ name, port }) => [name, port.outside]));
  for (const one of lights) judge(one, `seed ${seed}: ${one.name}`);
  // The last one sleeps.
  for (const one of lights.slice(0, -1)) await judgeAwake(fleet, one, `seed ${seed}: ${one.name}`);
  await pass(minutes(3));
  const { exchanges, queued } = endpoint.load;
  expect({ exchanges, queued }, `seed ${seed}: left at the endpoint`).toEqual({ exchanges: 0, queued: 0 });
  return [...story, ...lights.map(({ name, heard, light }) => `${name} ${heard} ${light.firmwareVersion}`)];
}

/** What must be so of a light by itself. */
function judge({ light, ...asked }: SimulatedLight, who: string): void {
  const { reboots, packages, bytesReceived } = light.counters;
  expect(asked.tokens.size, `${who}: Executes and Creates sent`).toBeLessThanOrEqual(asked.posts);
  expect(reboots, `${who}: reboots`).toBeLessThanOrEqual(2 * asked.datagrams);
  expect(asked.levels, `${who}: its level`).toContain(BigInt(light.level));
  expect(asked.versions, `${who}: its version`).toContain(light.firmwareVersion);
  expect(bytesReceived, `${who}: bytes of whole images`).toBe(packages * pushedBytes);
  expect(packages, `${who}: images`).toBeLessThanOrEqual(asked.pushes);
  expect(packages, `${who}: images that the server calls sent`).toBeGreaterThanOrEqual(asked.pushesDone);
}

/** What the server must know of a light that it can ask. */
async function judgeAwake(fleet: SimulatedFleet, one: SimulatedLight, who: string): Promise<void> {
  const { engine } = fleet.server();
  const { name, light } = one;
  const registration = engine.find(name);
  const listed = registration && registeredObject(registration, 9)?.instances;
  expect(listed, `${who}: instances of object 9`).toEqual(light.software.shown.map((each) => each.instance));
  expect(one.lifetimes, `${who}: its lifetime`).toContain(registration?.lifetimeSeconds);
  let lifetime: unknown;
  void engine.read(name, "/1/0/1").then((outcome) => {
    if (outcome.kind === "ok") lifetime = Number(singleValue(outcome.value)?.value);
  });
  await fleet.pass(seconds(1));
  expect(registration?.lifetimeSeconds, `${who}: the lifetime that it has itself`).toBe(lifetime);

  const observed = () => engine.observedPaths(name)?.filter((path) => path === levelPath) ?? [];
  // One that is observed already tells of its own accord; then any when it is asked to.
  if (observed().length > 0) await tellsNext(fleet, one, `${who}: heard of what was observed`);
  fleet.ask("observe", engine.observe(name, levelPath));
  await fleet.pass(seconds(2));
  expect(observed(), `${who}: observations`).toEqual([levelPath]);
  await tellsNext(fleet, one, `${who}: heard of what is observed now`);
}

async function tellsNext(fleet: SimulatedFleet, one: SimulatedLight, what: string): Promise<void> {
  const level = BigInt(one.light.level === 50 ? 51 : 50);
  fleet.write(one, level);
  await fleet.pass(seconds(4));
  expect(one.heard, what).toBe(level);
}

test(`${seeds} small fleets live through bad weather, power cuts, sleep and restarts as they must`, {
  timeout: 300_000,
}, async () => {
  for (let seed = 1; seed <= seeds; seed++) await live(seed);
});

test("the same seed gives the same story", async () => {
  expect(await live(7)).toEqual(await live(7));
  expect(await live(8)).not.toEqual(await live(7));
});
