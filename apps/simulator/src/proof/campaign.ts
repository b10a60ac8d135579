// A whole campaign on faulty lights, through the public API of a real server: `npm run -s proof:campaign -- --lights 200`.
// With --secure all of them speak DTLS; --nat-rebind has a share of them change its address in the middle of the download.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { JobView } from "@lamplighter/api/views";
import { expectedEndings, type FaultKind, faultKinds } from "@lamplighter/device/faults";
import { buildImage } from "@lamplighter/device/firmware-image";
import { type Fleet, type LightReport, startFleet } from "../fleet.ts";
import { placeLights } from "../place-lights.ts";
import { drawTown } from "../town.ts";
import { type PublicApi, signIn } from "./api-client.ts";
import { handshakes, judgeConnections, noteConnections, provision, rebindSome } from "./connections.ts";
import { freePort, startServer } from "./server-process.ts";

const blockBytes = 1_024;
/** Lights whose version was read: before that, nobody can say whether the image is news to them. */
const known = { field: "firmwareVersion", operator: "is-not", values: [""] } as const;
const version = "2.1.0";
const inFlightStates = [
  "preparing",
  "downloading",
  "downloaded",
  "installing",
  "awaiting-return",
  "verifying",
] as const;

const { values } = parseArgs({
  options: {
    lights: { type: "string", default: "200" },
    "image-kib": { type: "string", default: "64" },
    loss: { type: "string", default: "0.02" },
    seed: { type: "string", default: "1" },
    "kill-server-at": { type: "string" },
    secure: { type: "boolean", default: false },
    "nat-rebind": { type: "string", default: "0" },
    "minutes-max": { type: "string", default: "15" },
    verbose: { type: "boolean", default: false },
  },
});
const options = {
  lights: wholeNumber("lights", values.lights, 20),
  imageBytes: wholeNumber("image-kib", values["image-kib"], 1) * 1_024,
  loss: Number(values.loss),
  seed: wholeNumber("seed", values.seed, 0),
  killAt: values["kill-server-at"] === undefined ? undefined : Number(values["kill-server-at"]),
  secure: values.secure,
  rebindShare: Number(values["nat-rebind"]),
  deadline: Date.now() + wholeNumber("minutes-max", values["minutes-max"], 1) * 60_000,
};
if (options.rebindShare > 0 && !options.secure)
  throw new Error("--nat-rebind needs --secure: others have no Connection ID.");
// One light in fifty of each kind that ends badly, and never fewer than one of any kind.
const share = Math.max(1, Math.floor(options.lights / 50));
const faults = Object.fromEntries(faultKinds.map((kind) => [kind, share])) as Record<FaultKind, number>;
const note = (line: string) =>
  void (values.verbose && process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`));

const code = await prove();
// Lights that were switched off leave retransmissions behind, which would keep the process for minutes.
process.stdout.write("", () => process.exit(code));

async function prove(): Promise<number> {
  const dataFolder = mkdtempSync(join(tmpdir(), "lamplighter-proof-"));
  const place = {
    ...{ dataFolder, httpPort: await freePort() },
    ...{ coapPort: await freePort(), coapsPort: await freePort() },
  };
  let server = await startServer(place, note);
  let fleet: Fleet | undefined;
  try {
    const api = await signIn(server);
    const identities = placeLights(drawTown(), options.lights, options);
    const proofs = options.secure ? await provision(api, { identities, dataFolder }) : undefined;
    fleet = await startFleet({
      identities,
      ...(proofs && { proofs }),
      secureServer: { host: "127.0.0.1", port: place.coapsPort },
      server: { host: "127.0.0.1", port: place.coapPort },
      reference: Math.min(10, Math.floor(options.lights / 2)),
      faults,
      loss: options.loss,
      lifetimeSeconds: 300,
      installSeconds: 3,
      rampPerSecond: 200,
      seed: options.seed,
    });
    await until("all lights are registered and known", async () => {
      const { total } = await api.trpc.device.list.query({
        query: { where: [{ field: "presence", operator: "is", values: ["online"] }, known] },
        limit: 1,
      });
      return total === options.lights;
    });
    const image = buildImage({ version, bytes: options.imageBytes, seed: options.seed });
    const uploaded = await api.upload(image, { name: "Proof image", fileName: "proof.bin" });
    const begun = Date.now();
    const blocksBefore = blocks(fleet.report());
    const { id } = await api.trpc.campaign.create.mutate({
      name: "Proof",
      packageId: uploaded.id,
      target: { kind: "query", query: {} },
      waves: [
        {
          name: "All",
          percent: 100,
          gate: { failedPercentMax: 100, lostMax: options.lights, succeededPercentMin: 0, manual: false },
        },
      ],
      concurrencyMax: Math.max(50, Math.ceil(options.lights / 2)),
      downloadDeadlineSeconds: 600,
      returnDeadlineSeconds: 60,
      retry: { attemptsMax: 4, backoffSeconds: 3, backoffFactor: 2 },
      stop: { failedPercentMax: 100, lostMax: options.lights },
      startNow: true,
    });
    let inFlightAtKill = 0;
    let downloadingAtKill = 0;
    const rebinding = rebindSome(fleet, options.rebindShare);
    if (options.secure && values.verbose) noteConnections(fleet, note);
    if (options.killAt !== undefined) {
      const half = options.killAt * options.lights * Math.ceil(options.imageBytes / blockBytes);
      const running = fleet;
      await until("the moment of the kill has come", async () => {
        if (blocks(running.report()) - blocksBefore < half) return false;
        inFlightAtKill = (await jobsOf(api, id)).filter(({ state }) =>
          (inFlightStates as readonly string[]).includes(state),
        ).length;
        downloadingAtKill = running.report().filter(({ firmwareState }) => firmwareState === 1).length;
        return true;
      });
      await server.kill();
      note(`killed with ${inFlightAtKill} jobs in flight`);
      server = await startServer(place, note);
    }
    await until("the campaign has ended", async () => {
      const campaign = await api.trpc.campaign.get.query({ id });
      note(`${campaign.state} ${JSON.stringify(campaign.tally)}`);
      return campaign.state === "completed";
    });
    const seconds = (Date.now() - begun) / 1_000;
    const rebound = rebinding.stop();
    return tell(await jobsOf(api, id), fleet.report(), {
      ...{ seconds, inFlightAtKill, downloadingAtKill, blocksBefore, rebound },
    });
  } finally {
    await fleet?.stop();
    await server.stop();
    rmSync(dataFolder, { recursive: true, force: true });
  }
}

function tell(
  jobs: readonly JobView[],
  lights: readonly LightReport[],
  run: {
    readonly seconds: number;
    readonly inFlightAtKill: number;
    readonly downloadingAtKill: number;
    readonly blocksBefore: number;
    readonly rebound: number;
  },
): number {
  const { seconds, inFlightAtKill, downloadingAtKill, blocksBefore, rebound } = run;
  const count = (state: JobView["state"]) => jobs.filter((job) => job.state === state).length;
  const byEndpoint = new Map(jobs.map((job) => [job.endpoint, job]));
  const wrong = lights.filter((light) => {
    const sentence = wrongness(light, byEndpoint.get(light.endpoint));
    if (sentence) process.stderr.write(`${light.endpoint} (${light.fault ?? light.kind}): ${sentence}\n`);
    return sentence !== undefined;
  });
  const executedTwice = lights.filter(({ counters }) => counters.executesPerAttemptMax > 1).length;
  const figures = {
    lights: options.lights,
    succeeded: count("succeeded"),
    failed: count("failed"),
    lost: count("lost"),
    rolledBack: count("rolled-back"),
    skipped: count("skipped"),
    cancelled: count("cancelled"),
    wrongReason: wrong.length,
    executedTwice,
    inFlightAtKill,
    seconds: Math.round(seconds * 10) / 10,
    blocksPerSecond: Math.round((blocks(lights) - blocksBefore) / seconds),
    seed: options.seed,
    ...(options.secure && { downloadingAtKill, rebound, ...handshakes(lights) }),
  };
  process.stdout.write(`${JSON.stringify(figures)}\n`);
  const { succeeded, failed, lost, rolledBack, skipped, cancelled } = figures;
  const addsUp = succeeded + failed + lost + rolledBack + skipped + cancelled === options.lights;
  const wasBusy = options.killAt === undefined || inFlightAtKill >= 20;
  if (!addsUp) process.stderr.write(`The states do not add up to ${options.lights}.\n`);
  if (!wasBusy)
    process.stderr.write(`Only ${inFlightAtKill} jobs were in flight at the kill; at least 20 are needed.\n`);
  const isSecured =
    !options.secure ||
    judgeConnections(lights, {
      rebound: options.rebindShare > 0 ? rebound : undefined,
      downloadingAtKill: options.killAt === undefined ? undefined : downloadingAtKill,
    });
  return addsUp && wasBusy && isSecured && wrong.length === 0 && executedTwice === 0 ? 0 : 1;
}

/** What is wrong with how a light's job ended, judged by what the light itself counted. */
function wrongness(light: LightReport, job: JobView | undefined): string | undefined {
  if (!job) return "has no job";
  const expected = light.fault ? expectedEndings[light.fault] : { state: "succeeded" };
  const words = `is ${job.state}${job.failureCode ? ` (${job.failureCode})` : ""}: ${job.detail ?? ""}`;
  if (job.state !== expected.state) return words;
  if ("failureCode" in expected && job.failureCode !== expected.failureCode) return words;
  if (expected.state === "succeeded" && light.firmwareVersion !== version) return `runs ${light.firmwareVersion}`;
  if (expected.state !== "succeeded" && light.firmwareVersion === version)
    return `runs ${version} although it should not`;
  return undefined;
}

async function jobsOf(api: PublicApi, id: string): Promise<JobView[]> {
  const jobs: JobView[] = [];
  let cursor: string | undefined;
  do {
    const page = await api.trpc.campaign.jobs.query({ id, limit: 200, ...(cursor && { cursor }) });
    jobs.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor);
  return jobs;
}

function blocks(lights: readonly LightReport[]): number {
  return lights.reduce((sum, { counters }) => sum + counters.blocksArrived, 0);
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (;;) {
    if (await holds()) return;
    if (Date.now() > options.deadline) throw new Error(`Gave up waiting until ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

function wholeNumber(name: string, text: string, min: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= min) return value;
  throw new Error(`--${name} takes a whole number from ${min} up, not ${JSON.stringify(text)}.`);
}
