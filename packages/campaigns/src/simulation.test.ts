import { milliseconds } from "@lamplighter/runtime/duration";
import { InvariantViolation } from "@lamplighter/runtime/invariant";
import { type Log, silentLog } from "@lamplighter/runtime/log";
import { seeded } from "@lamplighter/runtime/random";
import { FakeClock } from "@lamplighter/simulation/fake-clock";
import { expect, test } from "vitest";
import { type CampaignSpec, specDefaults } from "./campaign.ts";
import { activeJobStates, type Job } from "./job.ts";
import { MemoryCampaignStore } from "./memory-campaign-store.ts";
import { Orchestrator } from "./orchestrator.ts";
import { mortalStore } from "./testing/mortal-store.ts";
import { ScriptedGateway, ScriptedNetwork } from "./testing/scripted-gateway.ts";
import { type ScriptedFault, ScriptedLight, scriptedEndings, scriptedFaults } from "./testing/scripted-light.ts";
import { splitIntoWaves } from "./wave-split.ts";

const seeds = 250;
const lightsEach = 20;
const version = "2.0.0";
const lenient = { failedPercentMax: 100, lostMax: 1_000, succeededPercentMin: 0, manual: false };
const waves = [
  { name: "First", percent: 30, gate: lenient },
  { name: "Rest", percent: 70, gate: lenient },
];
const spec: CampaignSpec = {
  ...specDefaults,
  packageId: "package",
  target: { kind: "query", query: {} },
  waves,
  concurrencyMax: 8,
  stop: { failedPercentMax: 100, lostMax: 1_000 },
  returnDeadlineSeconds: 90,
  downloadDeadlineSeconds: 600,
  retry: { attemptsMax: 9, backoffSeconds: 3, backoffFactor: 1.2 },
};

/** Lets every promise that can go on go on. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

async function town(seed: number) {
  const dice = seeded(seed);
  const clock = new FakeClock();
  const network = new ScriptedNetwork(clock, seeded(seed + 1_000_000), { lost: 0.01, late: 0.05 });
  const memory = new MemoryCampaignStore();
  const impossible: unknown[] = [];
  const log: Log = {
    ...silentLog,
    error: (_, fields) => {
      if (fields?.error instanceof InvariantViolation) impossible.push(fields.error);
    },
  };
  let running = await bringUp();

  async function bringUp() {
    const gateway = new ScriptedGateway(network, version);
    network.gateway = gateway;
    const { store, kill } = mortalStore(memory, {
      passing: () => network.passing(dice.next() * 40),
      fails: () => (dice.next() < 0.01 ? (dice.next() < 0.5 ? "before" : "after") : undefined),
    });
    const image = async () => {
      if (dice.next() < 0.01) throw new Error("the disk is away");
      return new Uint8Array(1_024);
    };
    const { downloads } = gateway;
    const outside = { store, gateway, image, downloads, clock, random: dice, log };
    const orchestrator = new Orchestrator({ ...outside, node: "node", onJob });
    void orchestrator.start().catch((error) => impossible.push(error));
    await settle();
    return { orchestrator, gateway, kill };
  }
  function onJob() {}

  const lights = Array.from({ length: lightsEach }, (_, index) => {
    const isFaulty = dice.next() < 0.6;
    const fault = (isFaulty && scriptedFaults[Math.floor(dice.next() * scriptedFaults.length)]) || "healthy";
    const light = new ScriptedLight({
      endpoint: `light-${index}`,
      fault,
      clock,
      random: seeded(seed * 100 + index),
      register: (booted) => network.register(booted),
      // Every third light is not sent its image, but fetches it.
      fetch: index % 3 === 0 ? (uri) => network.fetch(uri) : undefined,
    });
    network.lights.set(light.endpoint, light);
    return light;
  });
  // A second campaign wants some of the healthy lights, too.
  const wanted = [lights, lights.filter(({ fault }) => fault === "healthy").slice(0, 5)];
  for (const [number, chosen] of wanted.entries()) {
    const split = splitIntoWaves(chosen, waves, seed);
    await memory.create({
      id: `campaign-${number}`,
      name: `Campaign ${number}`,
      createdBy: "tester",
      at: clock.now().getTime(),
      spec,
      waves: waves.map(({ name }, ordinal) => ({ ordinal, name, total: split[ordinal]?.length ?? 0 })),
      targets: split.flatMap((wave, waveOrdinal) =>
        wave.map(({ endpoint }) => ({
          jobId: `${number}-${endpoint}`,
          deviceId: `device-${endpoint}`,
          endpoint,
          waveOrdinal,
          expectedVersion: version,
          fromVersion: "1.0.0",
        })),
      ),
    });
  }

  async function jobs(): Promise<readonly Job[]> {
    const of = (campaignId: string) => memory.jobs({ campaignId, limit: 1_000 });
    return [...(await of("campaign-0")), ...(await of("campaign-1"))];
  }

  async function check(): Promise<void> {
    const words = `seed ${seed}, ${clock.monotonic() / 1_000} s`;
    expect(impossible, words).toEqual([]);
    for (const id of ["campaign-0", "campaign-1"]) {
      for (const { counters, total, ordinal } of (await memory.find(id))?.waves ?? []) {
        const sum = Object.values(counters).reduce((lightsSoFar, some) => lightsSoFar + some, 0);
        if (sum !== total) expect.fail(`${words}: the counters of ${id}, wave ${ordinal}, are ${sum} of ${total}`);
      }
    }
    const busy = (await jobs()).filter(({ state }) => (activeJobStates as readonly string[]).includes(state));
    if (new Set(busy.map(({ deviceId }) => deviceId)).size !== busy.length)
      expect.fail(`${words}: two jobs, one light`);
    for (const { executesMost, endpoint, fault } of lights) {
      if (executesMost > 1) expect.fail(`${words}: ${endpoint} (${fault}) was executed ${executesMost} times`);
    }
  }

  return {
    seed,
    dice,
    clock,
    lights,
    memory,
    jobs,
    check,
    orchestrator: () => running.orchestrator,
    async pass(span: number, until: () => Promise<boolean> = async () => false): Promise<void> {
      for (let passed = 0; passed < span && !(await until()); passed += 1_000) {
        for (let part = 0; part < 5; part++) {
          clock.advance(milliseconds(200));
          await settle();
        }
        await check();
      }
    },
    /** Kill -9, and a new process a while later. */
    async kill(): Promise<void> {
      running.kill();
      running.gateway.isAlive = false;
      running.orchestrator.stop();
      network.gateway = undefined;
      await this.pass(dice.next() * 10_000);
      running = await bringUp();
    },
  };
}

/** Ends that a light shows only some time after its campaign may have ended. */
const isSettled = (job: Job, fault: ScriptedFault): boolean => {
  const { state } = scriptedEndings[fault];
  return job.state === state;
};

test(`${seeds} towns with every fault, bad weather, a failing database, kills and pauses end as they must`, {
  timeout: 120_000,
}, async () => {
  for (let seed = 1; seed <= seeds; seed++) {
    const world = await town(seed);
    const { dice } = world;
    await world.pass(2_000);
    for (const id of ["campaign-0", "campaign-1"]) await command(world, (o) => o.startCampaign(id, "tester"));
    for (let trouble = 0; trouble < 4; trouble++) {
      await world.pass(1_000 + dice.next() * 25_000);
      if (dice.next() < 0.6) {
        await world.kill();
      } else {
        await command(world, (o) => o.pause("campaign-0", "tester"));
        await world.pass(dice.next() * 20_000);
        await command(world, (o) => o.resume("campaign-0", "tester"));
      }
    }
    const isDone = async () => {
      const jobs = await world.jobs();
      if ((await world.memory.unfinished()).length > 0) return false;
      return world.lights.every(({ endpoint, fault }) =>
        jobs.filter((job) => job.endpoint === endpoint).every((job) => isSettled(job, fault)),
      );
    };
    await world.pass(3_600_000, isDone);
    for (const job of await world.jobs()) {
      const light = world.lights.find(({ endpoint }) => endpoint === job.endpoint);
      if (!light) throw new Error("no light");
      const words = `seed ${seed}, ${job.id}, ${light.fault}, ${light.state}/${light.result}/${light.version}: ${job.detail ?? ""}`;
      const expected = scriptedEndings[light.fault];
      expect(job.state, words).toBe(expected.state);
      if ("failureCode" in expected) expect(job.failureCode, words).toBe(expected.failureCode);
      if (expected.state === "succeeded") expect(light.version, words).toBe(version);
    }
    expect((await world.memory.find("campaign-0"))?.state, `seed ${seed}`).toBe("completed");
    world.orchestrator().stop();
  }
});

/** Gives a command while time goes on: the store takes its time to answer, and may be away. */
async function command(
  world: Awaited<ReturnType<typeof town>>,
  give: (orchestrator: Orchestrator) => Promise<unknown>,
): Promise<void> {
  let isAnswered = false;
  void give(world.orchestrator()).finally(() => {
    isAnswered = true;
  });
  await world.pass(60_000, async () => isAnswered);
}
