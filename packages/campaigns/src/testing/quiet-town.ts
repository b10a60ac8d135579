import { milliseconds } from "@lamplighter/runtime/duration";
import { silentLog } from "@lamplighter/runtime/log";
import { seeded } from "@lamplighter/runtime/random";
import { FakeClock } from "@lamplighter/simulation/fake-clock";
import { type CampaignSpec, specDefaults } from "../campaign.ts";
import type { SkipReason } from "../job.ts";
import { MemoryCampaignStore } from "../memory-campaign-store.ts";
import { Orchestrator } from "../orchestrator.ts";
import { ScriptedGateway, ScriptedNetwork } from "./scripted-gateway.ts";
import { type ScriptedFault, ScriptedLight } from "./scripted-light.ts";

const version = "2.0.0";
export const lenient = { failedPercentMax: 100, lostMax: 1_000, succeededPercentMin: 0, manual: false };

/** A town in good weather, one scripted light for each fault given, and as many campaigns as a test writes. */
export async function quietTown(faults: readonly ScriptedFault[]) {
  const clock = new FakeClock();
  const random = seeded(1);
  const network = new ScriptedNetwork(clock, random, { lost: 0, late: 0 });
  const store = new MemoryCampaignStore();
  let running = await bringUp();

  async function bringUp() {
    const gateway = new ScriptedGateway(network, version);
    network.gateway = gateway;
    const image = async () => new Uint8Array(1_024);
    const orchestrator = new Orchestrator({ store, gateway, image, clock, random, log: silentLog, node: "node" });
    await orchestrator.start();
    return orchestrator;
  }

  const lights = faults.map((fault, index) => {
    const register = (light: ScriptedLight) => network.register(light);
    const light = new ScriptedLight({ endpoint: `light-${index}`, fault, clock, random: seeded(index), register });
    network.lights.set(light.endpoint, light);
    return light;
  });

  /** Lets virtual time pass, and everything that waits for a promise with it. */
  async function pass(span: number, until: () => Promise<boolean> = async () => false): Promise<void> {
    for (let passed = 0; passed < span && !(await until()); passed += 200) {
      clock.advance(milliseconds(200));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  async function campaign(id = "one") {
    const found = await store.find(id);
    if (!found) throw new Error(`no campaign ${id}`);
    return found;
  }
  async function job(endpoint: string, campaignId = "one") {
    const found = (await store.jobs({ campaignId, limit: 1_000 })).find((one) => one.endpoint === endpoint);
    if (!found) throw new Error(`no job for ${endpoint}`);
    return found;
  }
  return {
    clock,
    network,
    store,
    lights,
    pass,
    campaign,
    job,
    orchestrator: () => running,
    /** Writes a campaign for these lights, one wave for each list; all of `skipped` are left out of the last. */
    async write(
      waves: readonly (readonly string[])[],
      given: { id?: string; spec?: Partial<CampaignSpec>; skipped?: readonly string[]; skipReason?: SkipReason } = {},
    ): Promise<void> {
      const { id = "one", spec = {}, skipped = [], skipReason = "already-current" } = given;
      const last = waves.length - 1;
      const target = (endpoint: string, waveOrdinal: number) => ({
        jobId: `${id}-${endpoint}`,
        deviceId: `device-${endpoint}`,
        endpoint,
        waveOrdinal,
        expectedVersion: version,
        fromVersion: "1.0.0",
      });
      const plans = waves.map((_, ordinal) => ({ name: `Wave ${ordinal + 1}`, percent: 50, gate: lenient }));
      await store.create({
        id,
        name: id,
        createdBy: "tester",
        at: clock.now().getTime(),
        spec: {
          ...specDefaults,
          packageId: "package",
          target: { kind: "query", query: {} },
          waves: plans,
          stop: { failedPercentMax: 100, lostMax: 1_000 },
          returnDeadlineSeconds: 90,
          ...spec,
        },
        waves: plans.map(({ name }, ordinal) => ({
          ordinal,
          name,
          total: (waves[ordinal]?.length ?? 0) + (ordinal === last ? skipped.length : 0),
        })),
        targets: [
          ...waves.flatMap((endpoints, ordinal) => endpoints.map((endpoint) => target(endpoint, ordinal))),
          ...skipped.map((endpoint) => ({ ...target(endpoint, last), skipReason })),
        ],
      });
    },
    isOver: async (id = "one") => ["completed", "cancelled"].includes((await campaign(id)).state),
    /** Ends the server without a word, and starts another on the same store. */
    async restart(): Promise<void> {
      running.stop();
      running = await bringUp();
    },
    /** The light tells that it goes, or is to be accepted anew: in both cases it cannot be operated. */
    leaves(endpoint: string): void {
      network.registrations.delete(endpoint);
      network.registeredAt.delete(endpoint);
      network.gateway?.tell({ kind: "gone", endpoint });
    },
  };
}
