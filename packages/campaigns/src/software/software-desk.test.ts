import { CoapEndpoint } from "@lamplighter/coap/endpoint";
import { buildImage } from "@lamplighter/device/firmware-image";
import { type SoftwareFault, usualSoftware } from "@lamplighter/device/light-software";
import { VirtualLight } from "@lamplighter/device/virtual-light";
import { Downloads } from "@lamplighter/lwm2m/downloads";
import { MemoryRegistrationStore } from "@lamplighter/lwm2m/memory-registration-store";
import { knownObjects } from "@lamplighter/lwm2m/models/known-objects";
import { Lwm2mServer } from "@lamplighter/lwm2m/server";
import type { SoftwareWish } from "@lamplighter/lwm2m/software/software-attempt";
import { type Duration, milliseconds, minutes, seconds } from "@lamplighter/runtime/duration";
import { silentLog } from "@lamplighter/runtime/log";
import { seeded } from "@lamplighter/runtime/random";
import { FakeClock } from "@lamplighter/simulation/fake-clock";
import { fakeNetwork } from "@lamplighter/simulation/fake-network";
import { afterEach, expect, test } from "vitest";
import { MemorySoftwareStore } from "./memory-software-store.ts";
import { type NewSoftwareTask, SoftwareDesk } from "./software-desk.ts";
import { softwareGatewayFromServer } from "./software-gateway-from-server.ts";
import type { SoftwareTask } from "./software-task.ts";

const version = "2.0.0";
const image = buildImage({ version, bytes: 200_000, seed: 7 });
const install = { kind: "install", version, creates: false, activates: true } as const;

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** A real server, a virtual light with two pieces of software, and a desk that can be shut and opened again. */
async function worldWith({ fault, seed = 1, loss = 0 }: { fault?: SoftwareFault; seed?: number; loss?: number } = {}) {
  const clock = new FakeClock();
  const random = seeded(seed);
  const network = fakeNetwork(clock, random, { loss, duplication: loss, delayMax: milliseconds(5) });
  const endpoint = new CoapEndpoint({ port: network.bind("server:5683"), clock, random });
  const downloads = new Downloads({ secret: new Uint8Array(16), clock });
  const server: Lwm2mServer = new Lwm2mServer({
    ...{ endpoint, clock, random, downloads, store: new MemoryRegistrationStore(), enrol: () => "accept" as const },
    models: knownObjects(),
    onEvent: (event) => gateway.take(event),
  });
  const gateway = softwareGatewayFromServer(server);
  await server.start();
  const light = new VirtualLight({
    ...{ port: network.bind("light:5683"), clock, random, identity, server: "server:5683", software: usualSoftware },
    installTime: seconds(20),
  });
  light.software.fault = fault;
  light.start();

  const store = new MemorySoftwareStore();
  let ids = 0;
  let desk = open();
  function open() {
    const opened = new SoftwareDesk({
      newId: () => `task-${++ids}`,
      world: {
        ...{ store, gateway, clock, log: silentLog, image: async () => image },
        downloads: {
          addresses: (attempt) => [{ uri: ["coap://server:5683", ...downloads.pathOf(attempt)].join("/") }],
          open: (download) => downloads.open({ ...download, sha256: "ab".repeat(32) }),
        },
      },
    });
    stops.push(() => opened.stop());
    return opened;
  }
  await desk.start();

  const task = () => [...store.tasks.values()].at(-1) as SoftwareTask;
  const it = {
    ...{ clock, light, store, task },
    get desk() {
      return desk;
    },
    begin: (wish: SoftwareWish, more: Partial<NewSoftwareTask> = {}) =>
      desk.begin({
        ...{ deviceId: "light", endpoint: "light", instance: 0, installs: "at-once", askedBy: "me", wish },
        ...(wish.kind === "install" && {
          package: { id: "package-1", name: "Driver", version, bytes: image.length, prefers: "push" as const },
        }),
        ...more,
      }),
    /** Shuts the desk in whatever it does, and opens the next on what was stored. */
    async restart() {
      desk.stop();
      desk = open();
      await desk.start();
    },
    shown: (instance = 0) => light.software.shown[instance],
    async pass(span: Duration, until: () => boolean = () => false) {
      for (let passed = 0; passed < span && !until(); passed += 100) {
        clock.advance(milliseconds(100));
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    phase: () => task().attempt.phase,
    ended: () => it.pass(minutes(15), () => task().endedAt !== undefined),
  };
  await it.pass(seconds(5));
  return it;
}

const pulls = { package: { id: "p", name: "Driver", version, bytes: image.length, prefers: "pull" as const } };

test("a driver is updated: made ready, pushed, installed when delivered, activated, and its version verified", async () => {
  const it = await worldWith();
  await it.begin(install);
  await it.ended();
  expect(it.task()).toMatchObject({ attempt: { phase: "succeeded", delivery: "push" }, bytesDone: image.length });
  expect(it.shown()).toMatchObject({ state: 4, version, isActive: true });
  expect(it.shown(1)).toMatchObject({ version: "3.2.1" });
  expect(it.store.happenings.map(({ kind }) => kind)).toEqual([
    "software.asked",
    "software.delivered",
    "software.succeeded",
  ]);
});

test("a radio image is fetched by the light from the address that it is given", async () => {
  const it = await worldWith();
  await it.begin({ ...install, activates: false }, { instance: 1, ...pulls });
  await it.ended();
  expect(it.task().attempt).toMatchObject({ phase: "succeeded", delivery: "pull" });
  expect(it.shown(1)).toMatchObject({ state: 4, version, isActive: false });
});

test("an instance is created for software that has no place yet", async () => {
  const it = await worldWith();
  await it.begin({ ...install, creates: true }, { instance: 2 });
  await it.ended();
  expect(it.task().attempt.phase).toBe("succeeded");
  expect(it.shown(2)).toMatchObject({ state: 4, version });
});

test("an instance is created once the light is back", async () => {
  const it = await worldWith();
  it.light.cutPower();
  await it.pass(minutes(10));
  await it.begin({ ...install, creates: true }, { instance: 2 });
  await it.pass(minutes(1));
  expect(it.phase()).toBe("creating");
  it.light.start();
  await it.ended();
  expect(it.phase()).toBe("succeeded");
});

test("told to wait, a delivered package is installed when somebody says so and not before", async () => {
  const it = await worldWith();
  await it.begin(install, { installs: "when-told" });
  expect(it.desk.install(it.task().id)).toBe(false);
  await it.pass(minutes(10));
  expect(it.phase()).toBe("delivered");
  expect(it.shown()).toMatchObject({ state: 3 });
  expect(it.desk.install(it.task().id)).toBe(true);
  await it.ended();
  expect(it.phase()).toBe("succeeded");
});

test.each<[SoftwareFault, number]>([
  ["integrity", 53],
  ["no-storage", 50],
  ["wrong-type", 54],
  ["install-fails", 58],
])("a light with the fault %s ends with result %i", async (fault, result) => {
  const it = await worldWith({ fault });
  await it.begin(install);
  await it.ended();
  expect(it.task().attempt).toMatchObject({ phase: "failed", failure: { kind: "result", result } });
});

test.each([{}, pulls])("a power cut in the middle of the download: the package is brought again", async (way) => {
  const it = await worldWith({ fault: "power-cut" });
  await it.begin(install, way);
  await it.ended();
  expect(it.light.counters.reboots).toBe(1);
  expect(it.task().attempt.phase).toBe("succeeded");
  expect(it.shown()).toMatchObject({ state: 4, version, isActive: true });
});

test("a light short of memory is tried three times in all", async () => {
  const it = await worldWith({ fault: "no-memory" });
  await it.begin(install);
  await it.ended();
  expect(it.task().attempt).toMatchObject({ phase: "failed", tries: 3, failure: { result: 51 } });
});

test("a light that does what it is told and never answers succeeds all the same, by what it shows", async () => {
  const it = await worldWith({ fault: "silent-execute" });
  await it.begin(install);
  await it.ended();
  expect(it.task().attempt).toMatchObject({ phase: "succeeded" });
  expect(it.shown()).toMatchObject({ state: 4, version, isActive: true });
});

test("activate, deactivate and uninstall do what they say", async () => {
  const it = await worldWith();
  await it.begin({ kind: "deactivate" });
  await it.ended();
  expect(it.shown()).toMatchObject({ state: 4, isActive: false });
  await it.begin({ kind: "activate" });
  await it.ended();
  expect(it.shown()).toMatchObject({ state: 4, isActive: true });
  await it.begin({ kind: "uninstall", forUpdate: false });
  await it.ended();
  expect(it.shown()).toMatchObject({ state: 0, version: "" });
  await it.begin({ kind: "activate" });
  await it.ended();
  expect(it.task().attempt).toMatchObject({ phase: "failed", failure: { kind: "nothing-installed" } });
});

test("one light has one task at a time", async () => {
  const it = await worldWith();
  expect((await it.begin(install)).kind).toBe("begun");
  expect((await it.begin({ kind: "activate" }, { instance: 1 })).kind).toBe("busy");
  await it.ended();
  expect((await it.begin({ kind: "deactivate" }, { instance: 1 })).kind).toBe("begun");
});

test.each([{}, pulls])("called back in the middle of the download, the light is left as it was", async (way) => {
  const it = await worldWith();
  await it.begin(install, way);
  await it.pass(minutes(2), () => it.shown()?.state === 1);
  expect(it.desk.cancel(it.task().id)).toBe("cancelled");
  await it.ended();
  await it.pass(minutes(5));
  expect(it.phase()).toBe("cancelled");
  expect(it.shown()).toMatchObject({ version: "1.0.0" });
  expect(it.shown()?.state).not.toBe(3);
  expect(it.desk.cancel(it.task().id)).toBe("over");
});

test("called back while it holds, the delivered package is thrown away", async () => {
  const it = await worldWith();
  await it.begin(install, { installs: "when-told" });
  await it.pass(minutes(5), () => it.phase() === "delivered");
  it.desk.cancel(it.task().id);
  await it.ended();
  await it.pass(seconds(5));
  expect(it.shown()).toMatchObject({ state: 0, version: "1.0.0" });
});

test("everything that can be is called back at once; what is being installed runs to its end", async () => {
  const held = await worldWith();
  await held.begin(install, { installs: "when-told" });
  await held.pass(minutes(5), () => held.phase() === "delivered");
  expect(held.desk.cancelAll()).toBe(1);
  await held.ended();
  expect(held.phase()).toBe("cancelled");
  const installing = await worldWith();
  await installing.begin(install);
  await installing.pass(minutes(5), () => installing.phase() === "confirming-install");
  expect(installing.desk.cancelAll()).toBe(0);
  await installing.ended();
  expect(installing.phase()).toBe("succeeded");
});

test("what is being installed cannot be called back", async () => {
  const it = await worldWith();
  await it.begin(install);
  await it.pass(minutes(5), () => it.phase() === "confirming-install");
  expect(it.desk.cancel(it.task().id)).toBe("too-late");
  await it.ended();
  expect(it.phase()).toBe("succeeded");
});

test.each([{}, pulls])("the server restarts at every moment of an installation, and it ends well", async (way) => {
  const seen = new Set<string>();
  for (let at = 0; at < 30; at++) {
    const it = await worldWith({ seed: at + 1 });
    await it.begin(install, way);
    await it.pass(milliseconds(at * 900));
    seen.add(it.phase());
    await it.restart();
    await it.ended();
    expect(`${at} ${it.phase()} ${it.shown()?.version}`).toBe(`${at} succeeded ${version}`);
  }
  expect(seen.size).toBeGreaterThanOrEqual(3);
});

test.each([{}, pulls])(
  "the database is away for a while at every moment of an installation, and it ends well",
  async (way) => {
    let refusals = 0;
    for (let at = 0; at < 30; at++) {
      const it = await worldWith({ seed: at + 1 });
      await it.begin(install, way);
      await it.pass(milliseconds(at * 900));
      const { save, unfinished } = it.store;
      const away = async () => {
        refusals++;
        throw new Error("the database is away");
      };
      Object.assign(it.store, { save: away, unfinished: away });
      await it.pass(seconds(25));
      Object.assign(it.store, { save, unfinished });
      await it.ended();
      expect(`${at} ${it.phase()} ${it.shown()?.version}`).toBe(`${at} succeeded ${version}`);
      expect(it.light.counters.reboots).toBeLessThanOrEqual(1);
    }
    expect(refusals).toBeGreaterThan(30);
  },
);

test("over a radio that loses and repeats a tenth of everything, and with restarts in between, it ends well too", async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const it = await worldWith({ seed, loss: 0.1 });
    await it.pass(minutes(2), () => it.light.phase === "registered");
    await it.begin(install, seed % 2 === 0 ? pulls : {});
    await it.pass(seconds(seed * 5));
    await it.restart();
    await it.pass(minutes(60), () => it.task().endedAt !== undefined);
    expect(`${seed} ${it.phase()} ${it.shown()?.version}`).toBe(`${seed} succeeded ${version}`);
  }
});

test("a light that is away when the task is asked for is waited for", async () => {
  const it = await worldWith();
  it.light.cutPower();
  await it.pass(minutes(10));
  await it.begin({ kind: "deactivate" });
  await it.pass(minutes(30));
  expect(it.phase()).toBe("examining");
  it.light.start();
  await it.ended();
  expect(it.phase()).toBe("succeeded");
});

const identity = {
  ...{ endpoint: "light", name: "Light", manufacturer: "Lumen Works", model: "LC-100", hardwareRevision: "B" },
  ...{ serialNumber: "1", firmwareVersion: "1.4.2", latitude: 52, longitude: 4, street: "Harbour Road" },
  ...{ district: "Harbour", feeder: "F1", cell: "C1", cellId: 1 },
};
