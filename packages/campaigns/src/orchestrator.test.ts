import { CoapEndpoint } from "@lamplighter/coap/endpoint";
import { expectedEndings, type FaultKind, faultKinds } from "@lamplighter/device/faults";
import { buildImage } from "@lamplighter/device/firmware-image";
import type { LightIdentity } from "@lamplighter/device/light-identity";
import { VirtualLight } from "@lamplighter/device/virtual-light";
import { Downloads } from "@lamplighter/lwm2m/downloads";
import { MemoryRegistrationStore } from "@lamplighter/lwm2m/memory-registration-store";
import { knownObjects } from "@lamplighter/lwm2m/models/known-objects";
import { Lwm2mServer } from "@lamplighter/lwm2m/server";
import type { ServerEvent } from "@lamplighter/lwm2m/server-event";
import { milliseconds, minutes, seconds } from "@lamplighter/runtime/duration";
import { silentLog } from "@lamplighter/runtime/log";
import { seeded } from "@lamplighter/runtime/random";
import { FakeClock } from "@lamplighter/simulation/fake-clock";
import { fakeNetwork } from "@lamplighter/simulation/fake-network";
import { expect, test } from "vitest";
import { type CampaignSpec, specDefaults } from "./campaign.ts";
import { gatewayFromServer } from "./gateway-from-server.ts";
import type { Job } from "./job.ts";
import { MemoryCampaignStore } from "./memory-campaign-store.ts";
import { Orchestrator } from "./orchestrator.ts";
import { splitIntoWaves } from "./wave-split.ts";

const image = buildImage({ version: "2.1.0", bytes: 16 * 1_024, seed: 3 });
const objectModels = knownObjects();

interface TownOptions {
  readonly lights: number;
  readonly faults?: ReadonlyMap<number, FaultKind>;
  /** The first lights use queue mode. */
  readonly sleepy?: number;
  readonly loss?: number;
  readonly seed?: number;
  readonly spec?: Partial<CampaignSpec>;
  readonly waves?: CampaignSpec["waves"];
}

const lenient = { failedPercentMax: 100, lostMax: 1_000, succeededPercentMin: 0, manual: false };

/** A town in memory: real engine, real lights, a fake network and clock. The server can be killed and started again. */
async function town({
  lights: count,
  faults = new Map(),
  sleepy = 0,
  loss = 0,
  seed = 1,
  spec = {},
  waves,
}: TownOptions) {
  const clock = new FakeClock();
  const random = seeded(seed);
  const network = fakeNetwork(clock, random, { loss: 0, duplication: 0, delayMax: milliseconds(40) });
  const registrations = new MemoryRegistrationStore();
  const campaigns = new MemoryCampaignStore();
  let running = await bringUp();

  async function bringUp() {
    const endpoint = new CoapEndpoint({ port: network.bind("server:5683"), clock, random });
    const downloads = new Downloads({ secret: new Uint8Array(32), clock });
    let take: (event: ServerEvent) => void = () => {};
    const server = new Lwm2mServer({
      endpoint,
      clock,
      random,
      store: registrations,
      enrol: () => "accept",
      models: objectModels,
      downloads,
      onEvent: (event) => take(event),
    });
    const gateway = gatewayFromServer(server);
    take = gateway.take;
    await server.start();
    const orchestrator = new Orchestrator({
      store: campaigns,
      gateway,
      image: async () => image,
      downloads: {
        addresses: (attempt) => [{ uri: ["coap://server:5683", ...downloads.pathOf(attempt)].join("/") }],
        open: (download) => downloads.open({ ...download, sha256: "ab".repeat(32) }),
      },
      clock,
      random,
      log: silentLog,
      node: "node-1",
    });
    await orchestrator.start();
    return { endpoint, server, orchestrator };
  }

  const lights = Array.from({ length: count }, (_, index) => {
    const fault = faults.get(index);
    const light = new VirtualLight({
      port: network.bind(`10.0.0.${index}:5683`),
      clock,
      random: seeded(seed * 1_000 + index),
      identity: identityOf(index),
      server: "server:5683",
      loss,
      // Every third one is not sent its image, but fetches it.
      delivery: index % 3 === 2 ? "pull" : "push",
      // Of those, every other one forgets the address when its power fails.
      afterPowerCut: index % 6 === 5 ? "forgets" : "goes-on",
      ...(fault && { fault }),
      ...(index < sleepy && {
        lifetime: seconds(3_600),
        sleep: { listensFor: seconds(30), wakesEvery: minutes(10) },
      }),
    });
    light.start();
    return light;
  });

  const plan = waves ?? [{ name: "All", percent: 100, gate: lenient }];
  const targets = splitIntoWaves(
    lights.map((_, index) => index),
    plan,
    seed,
  );
  await campaigns.create({
    id: "campaign",
    name: "Town",
    createdBy: "tester",
    at: clock.now().getTime(),
    spec: {
      ...specDefaults,
      packageId: "package",
      target: { kind: "query", query: {} },
      waves: plan,
      stop: { failedPercentMax: 100, lostMax: 1_000 },
      returnDeadlineSeconds: 120,
      ...spec,
    },
    waves: plan.map(({ name }, ordinal) => ({ ordinal, name, total: targets[ordinal]?.length ?? 0 })),
    targets: targets.flatMap((wave, waveOrdinal) =>
      wave.map((index) => ({
        jobId: `job-${index}`,
        deviceId: `device-${index}`,
        endpoint: `light-${index}`,
        waveOrdinal,
        expectedVersion: "2.1.0",
        fromVersion: "1.4.2",
      })),
    ),
  });

  /** Lets virtual time pass, and everything that waits for a promise with it. */
  async function pass(span: number, until: () => Promise<boolean> = async () => false): Promise<void> {
    for (let passed = 0; passed < span && !(await until()); passed += 200) {
      clock.advance(milliseconds(200));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  const stored = async () => {
    const campaign = await campaigns.find("campaign");
    if (!campaign) throw new Error("the campaign is gone");
    for (const wave of campaign.waves) {
      const sum = Object.values(wave.counters).reduce((total, lightsInState) => total + lightsInState, 0);
      expect(sum, `seed ${seed}: counters of wave ${wave.ordinal}`).toBe(wave.total);
    }
    return campaign;
  };
  const jobs = async () => {
    const all = await campaigns.jobs({ campaignId: "campaign", limit: 10_000 });
    return new Map(all.map((job) => [job.endpoint, job]));
  };
  return {
    clock,
    lights,
    campaigns,
    pass,
    stored,
    jobs,
    orchestrator: () => running.orchestrator,
    ended: async () => ["completed", "cancelled"].includes((await stored()).state),
    /** Kill -9: nothing is told to anybody, and what was in memory is gone. */
    async kill() {
      running.orchestrator.stop();
      running.endpoint.close();
      network.unbind("server:5683");
      running = await bringUp();
    },
  };
}

function identityOf(index: number): LightIdentity {
  return {
    endpoint: `light-${index}`,
    name: `Light ${index}`,
    manufacturer: "Lumen Works",
    model: "LC-100",
    hardwareRevision: "B",
    serialNumber: String(index),
    firmwareVersion: "1.4.2",
    latitude: 52,
    longitude: 4,
    street: "Mill Lane",
    district: "Harbour",
    feeder: "F1",
    cell: "C1",
    cellId: 1,
  };
}

function reasonsAreRight(jobs: ReadonlyMap<string, Job>, lights: readonly VirtualLight[], seed: number): void {
  for (const light of lights) {
    const job = jobs.get(light.identity.endpoint);
    const words = `seed ${seed}, ${light.identity.endpoint}, ${light.fault ?? "healthy"}: ${job?.detail ?? ""}`;
    const expected = light.fault ? expectedEndings[light.fault] : { state: "succeeded" };
    expect(job?.state, words).toBe(expected.state);
    if ("failureCode" in expected) expect(job?.failureCode, words).toBe(expected.failureCode);
    if (expected.state === "succeeded") expect(light.firmwareVersion, words).toBe("2.1.0");
    expect(light.counters.executesPerAttemptMax, `${words}: executed twice`).toBeLessThanOrEqual(1);
  }
}

test("lights that sleep are updated when they wake, and never asked while they sleep", async () => {
  const { pass, jobs, ended, lights, orchestrator } = await town({ lights: 4, sleepy: 2 });
  // Past what the server takes for its window: it knows that they sleep.
  await pass(minutes(4));
  expect(lights.map(({ isAsleep }) => isAsleep)).toEqual([true, true, false, false]);
  await orchestrator().startCampaign("campaign", "tester");
  await pass(minutes(2));
  const early = await jobs();
  expect([early.get("light-0"), early.get("light-1")]).toMatchObject([
    { state: "queued", waitReason: "asleep", attempt: 0 },
    { state: "queued", waitReason: "asleep", attempt: 0 },
  ]);
  expect(early.get("light-2")?.state).toBe("succeeded");
  await pass(minutes(30), ended);
  expect([...(await jobs()).values()].map(({ state, attempt }) => [state, attempt])).toEqual(
    Array(4).fill(["succeeded", 1]),
  );
});

test("a town of healthy lights ends up on the new version", async () => {
  const world = await town({ lights: 10 });
  await world.pass(seconds(10));
  expect(await world.orchestrator().startCampaign("campaign", "tester")).toEqual({ kind: "done" });
  await world.pass(minutes(10), world.ended);
  expect(await world.stored()).toMatchObject({ state: "completed", outcome: "clean" });
  reasonsAreRight(await world.jobs(), world.lights, 1);
});

test("every kind of fault ends with its own reason", async () => {
  const faults = new Map(faultKinds.map((kind, index) => [index, kind]));
  const world = await town({ lights: faultKinds.length + 3, faults });
  await world.pass(seconds(10));
  await world.orchestrator().startCampaign("campaign", "tester");
  await world.pass(minutes(40), world.ended);
  expect(await world.stored()).toMatchObject({ state: "completed", outcome: "with-failures" });
  reasonsAreRight(await world.jobs(), world.lights, 1);
});

test("a pause stops downloads at a block, and a resume brings all lights home", async () => {
  const world = await town({ lights: 6, faults: new Map([[0, "slow-link" as const]]) });
  await world.pass(seconds(10));
  await world.orchestrator().startCampaign("campaign", "tester");
  await world.pass(minutes(1), async () => ((await world.stored()).waves[0]?.counters.downloading ?? 0) > 0);
  await world.orchestrator().pause("campaign", "tester");
  await world.pass(minutes(3));
  const counters = (await world.stored()).waves[0]?.counters ?? {};
  expect(counters.downloading ?? 0).toBe(0);
  expect((counters.queued ?? 0) + (counters.downloaded ?? 0)).toBeGreaterThan(0);
  await world.orchestrator().resume("campaign", "tester");
  await world.pass(minutes(20), world.ended);
  reasonsAreRight(await world.jobs(), world.lights, 1);
});

test("a campaign that is paused while its last lights install ends by itself, as a pause has nothing left to hold back", async () => {
  const world = await town({ lights: 3 });
  await world.pass(seconds(10));
  await world.orchestrator().startCampaign("campaign", "tester");
  const isInstalling = async () => {
    const { counters = {} } = (await world.stored()).waves[0] ?? {};
    const told = (["installing", "awaiting-return", "verifying", "succeeded"] as const).map((state) => counters[state]);
    return told.reduce<number>((sum, lights) => sum + (lights ?? 0), 0) === 3;
  };
  await world.pass(minutes(5), isInstalling);
  expect((await world.stored()).state).toBe("running");
  await world.orchestrator().pause("campaign", "tester");
  await world.pass(minutes(5), world.ended);
  expect(await world.stored()).toMatchObject({ state: "completed", outcome: "clean" });
  reasonsAreRight(await world.jobs(), world.lights, 1);
});

test("a cancelled campaign leaves no light with an image that waits", async () => {
  const world = await town({ lights: 6, spec: { concurrencyMax: 2 } });
  await world.pass(seconds(10));
  await world.orchestrator().startCampaign("campaign", "tester");
  await world.pass(minutes(1), async () => ((await world.stored()).waves[0]?.counters.downloading ?? 0) > 0);
  await world.orchestrator().cancel("campaign", "tester");
  await world.pass(minutes(10), world.ended);
  expect((await world.stored()).state).toBe("cancelled");
  await world.pass(minutes(1));
  for (const light of world.lights) expect(light.firmware.state).toBe(0);
});

test("a wave with too many failures is held, the campaign pauses, and a promotion goes on with the next", async () => {
  const strict = { failedPercentMax: 10, lostMax: 2, succeededPercentMin: 90, manual: false };
  const everyOneBad = new Map(Array.from({ length: 4 }, (_, index) => [index, "integrity" as const]));
  const world = await town({
    lights: 4,
    faults: everyOneBad,
    waves: [
      { name: "Canary", percent: 50, gate: strict },
      { name: "Rest", percent: 50, gate: lenient },
    ],
  });
  await world.pass(seconds(10));
  await world.orchestrator().startCampaign("campaign", "tester");
  await world.pass(minutes(10), async () => (await world.stored()).state === "paused");
  const held = await world.stored();
  expect(held).toMatchObject({ state: "paused", pauseReason: "wave-held" });
  expect(held.waves.map(({ state }) => state)).toEqual(["held", "pending"]);
  expect(await world.orchestrator().resume("campaign", "tester")).toMatchObject({ kind: "refused" });
  await world.orchestrator().promoteWave("campaign", 0, { actor: "tester", reason: "known bad lot" });
  await world.pass(minutes(10), world.ended);
  expect((await world.stored()).waves.map(({ state }) => state)).toEqual(["passed", "passed"]);
});

test("a lost light that comes back is looked at again", async () => {
  const world = await town({ lights: 1, spec: { returnDeadlineSeconds: 2 } });
  await world.pass(seconds(10));
  await world.orchestrator().startCampaign("campaign", "tester");
  await world.pass(minutes(5), async () => (await world.jobs()).get("light-0")?.state === "lost");
  await world.pass(minutes(5), async () => (await world.jobs()).get("light-0")?.state === "succeeded");
  expect((await world.jobs()).get("light-0")?.state).toBe("succeeded");
});

test("failed lights can be tried again", async () => {
  const world = await town({ lights: 2, faults: new Map([[0, "no-flash" as const]]) });
  await world.pass(seconds(10));
  await world.orchestrator().startCampaign("campaign", "tester");
  await world.pass(minutes(5), world.ended);
  expect(await world.orchestrator().retryFailed("campaign", "tester")).toEqual({ kind: "done" });
  expect((await world.stored()).state).toBe("running");
  await world.pass(minutes(5), world.ended);
  expect((await world.jobs()).get("light-0")).toMatchObject({ state: "failed", failureCode: "no-flash" });
});

test("stop everything pauses what runs", async () => {
  const world = await town({ lights: 3 });
  await world.orchestrator().startCampaign("campaign", "tester");
  expect(await world.orchestrator().stopEverything("tester")).toBe(1);
  expect(await world.stored()).toMatchObject({ state: "paused", pauseReason: "stop-everything" });
  expect(await world.orchestrator().stopEverything("tester")).toBe(0);
});

test("whatever the weather, the faults and the moment of a kill, nobody is updated twice and nobody is forgotten", {
  timeout: 120_000,
}, async () => {
  for (let seed = 1; seed <= 150; seed++) {
    const dice = seeded(seed);
    const faults = new Map<number, FaultKind>();
    for (let index = 0; index < 8; index++) {
      const kind = faultKinds[Math.floor(dice.next() * faultKinds.length * 2)];
      if (kind) faults.set(index, kind);
    }
    const world = await town({ lights: 8, faults, loss: 0.03, seed, spec: { concurrencyMax: 5 } });
    await world.pass(seconds(10));
    await world.orchestrator().startCampaign("campaign", "tester");
    for (let kills = 0; kills < 3; kills++) {
      await world.pass(seconds(1 + Math.floor(dice.next() * 30)), world.ended);
      await world.kill();
    }
    await world.pass(minutes(90), world.ended);
    expect((await world.stored()).state, `seed ${seed}`).toBe("completed");
    reasonsAreRight(await world.jobs(), world.lights, seed);
  }
});

test("a light that fetches its image over a bad link goes on with it after the server was killed in the middle", async () => {
  const world = await town({ lights: 3, faults: new Map([[2, "slow-link" as const]]), loss: 0.05 });
  await world.pass(seconds(10));
  await world.orchestrator().startCampaign("campaign", "tester");
  const fetcher = world.lights[2];
  await world.pass(minutes(5), async () => (fetcher?.counters.blocksArrived ?? 0) > 4);
  const blocks = fetcher?.counters.blocksArrived ?? 0;
  expect(fetcher?.firmware.state).toBe(1);
  await world.kill();
  await world.pass(minutes(20), world.ended);
  expect((await world.jobs()).get("light-2")).toMatchObject({ state: "succeeded", delivery: "pull", attempt: 1 });
  // It did not begin again: the image has 16 blocks.
  expect(fetcher?.counters.blocksArrived).toBe(16);
  expect(blocks).toBeLessThan(16);
});

test("a server that dies in the middle of a push sends the image again from block 0, in the same attempt", async () => {
  const world = await town({ lights: 1, faults: new Map([[0, "slow-link" as const]]) });
  const [light] = world.lights;
  await world.pass(seconds(10));
  await world.orchestrator().startCampaign("campaign", "tester");
  await world.pass(minutes(5), async () => (light?.counters.blocksArrived ?? 0) > 5);
  const blocks = light?.counters.blocksArrived ?? 0;
  expect(light?.firmware.state).toBe(1);
  await world.kill();
  await world.pass(minutes(20), world.ended);
  expect((await world.jobs()).get("light-0")).toMatchObject({ state: "succeeded", delivery: "push", attempt: 1 });
  // What had arrived came a second time: the image has 16 blocks.
  expect(light?.counters.blocksArrived).toBeGreaterThanOrEqual(blocks + 16);
  expect(light?.counters).toMatchObject({ packages: 1, executes: 1, executesPerAttemptMax: 1 });
});

test("a light that restarts in the middle of a push is Idle, and the next attempt sends the image from block 0", async () => {
  const world = await town({ lights: 1, faults: new Map([[0, "slow-link" as const]]) });
  const [light] = world.lights;
  await world.pass(seconds(10));
  await world.orchestrator().startCampaign("campaign", "tester");
  await world.pass(minutes(5), async () => (light?.counters.blocksArrived ?? 0) > 5);
  const blocks = light?.counters.blocksArrived ?? 0;
  light?.cutPower();
  expect(light?.firmware).toEqual({ state: 0, result: 0 });
  await world.pass(seconds(5));
  light?.start();
  await world.pass(minutes(60), world.ended);
  expect((await world.jobs()).get("light-0")).toMatchObject({ state: "succeeded", delivery: "push", attempt: 2 });
  expect(light?.counters.blocksArrived).toBeGreaterThanOrEqual(blocks + 16);
  expect(light?.counters).toMatchObject({ packages: 1, executes: 1, executesPerAttemptMax: 1 });
});

test("a light that fetches goes on after a power cut, by itself or when it is told again, in the same attempt", async () => {
  const cut = "power-cut" as const;
  const world = await town({ lights: 6, faults: new Map([[2, cut] as const, [5, cut] as const]) });
  await world.pass(seconds(10));
  await world.orchestrator().startCampaign("campaign", "tester");
  await world.pass(minutes(20), world.ended);
  for (const index of [2, 5]) {
    expect((await world.jobs()).get(`light-${index}`)).toMatchObject({
      state: "succeeded",
      delivery: "pull",
      attempt: 1,
    });
    expect(world.lights[index]?.counters).toMatchObject({ blocksArrived: 16, packages: 1, executes: 1, reboots: 2 });
  }
});
