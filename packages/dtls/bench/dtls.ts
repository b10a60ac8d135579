import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { manyLights, type ProvedBy } from "./lights.ts";
import type { Order, Report } from "./orders.ts";

/**
 * Measures what DTLS costs the server: CPU time per handshake and per record there and back, beside an echo in the clear and
 * beside the bare ciphers in the same run, memory per connection, and what a forged hello costs. One line of JSON per figure; `--check` exits 1 when a
 * goal is missed; `--quick` is a small run.
 */
const isQuick = process.argv.includes("--quick");
const runs = isQuick ? 3 : 5;
const handshakes = isQuick ? 1_000 : 3_000;
const echoes = isQuick ? 10_000 : 40_000;
const sessions = isQuick ? 2_000 : 10_000;

const forged = isQuick ? 20_000 : 100_000;

type Figures = {
  handshake: number;
  rawKey: number;
  certificate: number;
  echo100: number;
  echo1100: number;
  raw100: number;
  crypto: number;
  keptHandshake: number;
  keptEcho100: number;
  restore: number;
};

async function startSubject(kind: "raw" | "dtls" | "kept") {
  const child: ChildProcess = fork(new URL("./subject.ts", import.meta.url), [kind], {
    stdio: "inherit",
    execArgv: ["--expose-gc"],
  });
  const next = async () => ((await once(child, "message")) as [Report])[0];
  const ready = await next();
  async function order<Kind extends Report["kind"]>(kind: Order["kind"], answer: Kind) {
    child.send({ kind } satisfies Order);
    const report = await next();
    if (report.kind !== answer) throw new Error(`the process under test said ${report.kind}, not ${answer}`);
    return report as Extract<Report, { kind: Kind }>;
  }
  if (ready.kind !== "ready") throw new Error("the process under test did not get ready");
  return {
    port: ready.port,
    light: ready.light,
    order,
    /** CPU µs of the process under test for each of `count` times. */
    async cost(count: number, work: () => Promise<void>): Promise<number> {
      await order("start", "started");
      await work();
      return (await order("stop", "used")).microseconds / count;
    },
    async end() {
      const exited = once(child, "exit");
      child.disconnect();
      await exited;
    },
  };
}

async function oneRun(): Promise<Figures> {
  const [raw, dtls] = [await startSubject("raw"), await startSubject("dtls")];
  const [plainLights, lights] = [await manyLights(raw.port, raw.light), await manyLights(dtls.port, dtls.light)];
  await plainLights.echoes(echoes / 4, 100, { secure: false });
  const raw100 = await raw.cost(echoes, () => plainLights.echoes(echoes, 100, { secure: false }));
  const { seal, open } = await dtls.order("crypto", "crypto");
  await lights.handshakes(handshakes / 3);
  const handshake = await dtls.cost(handshakes, () => lights.handshakes(handshakes));
  const withCurve = async (by: ProvedBy) => {
    await lights.handshakes(handshakes / 10, by);
    return dtls.cost(handshakes / 3, () => lights.handshakes(handshakes / 3, by));
  };
  const [rawKey, certificate] = [await withCurve("rpk"), await withCurve("x509")];
  await lights.echoes(echoes / 4, 100, { secure: true });
  // The handshakes of the lines are part of it, one for some hundred records each.
  const echo100 = await dtls.cost(echoes, () => lights.echoes(echoes, 100, { secure: true }));
  const echo1100 = await dtls.cost(echoes, () => lights.echoes(echoes, 1_100, { secure: true }));
  plainLights.close();
  lights.close();
  await raw.end();
  await dtls.end();
  const kept = await keptRun();
  return { handshake, rawKey, certificate, echo100, echo1100, raw100, crypto: seal + open, ...kept };
}

/** The same with connections that outlive the process, and what taking them up costs. */
async function keptRun() {
  const kept = await startSubject("kept");
  const lights = await manyLights(kept.port, kept.light);
  await lights.handshakes(handshakes / 3);
  const keptHandshake = await kept.cost(handshakes, () => lights.handshakes(handshakes));
  await lights.echoes(echoes / 4, 100, { secure: true });
  const keptEcho100 = await kept.cost(echoes, () => lights.echoes(echoes, 100, { secure: true }));
  const { microseconds, connections } = await kept.order("restore", "restored");
  if (connections < handshakes) throw new Error(`only ${connections} connections were taken up`);
  lights.close();
  await kept.end();
  return { keptHandshake, keptEcho100, restore: microseconds / connections };
}

async function bytesPerSession(): Promise<number> {
  const dtls = await startSubject("dtls");
  const lights = await manyLights(dtls.port, dtls.light);
  // What the first thousand cost is code and buffers that all share.
  await lights.handshakes(1_000);
  const before = await dtls.order("memory", "memory");
  await lights.handshakes(sessions);
  const after = await dtls.order("memory", "memory");
  lights.close();
  await dtls.end();
  return (after.bytes - before.bytes) / (after.connections - before.connections);
}

/** Hellos that nobody stands behind: CPU, memory, and bytes sent for bytes received. */
async function floodOfHellos() {
  const dtls = await startSubject("dtls");
  const lights = await manyLights(dtls.port, dtls.light);
  await lights.forgedHellos(forged / 5);
  const before = await dtls.order("memory", "memory");
  let bytes = { sent: 0, answered: 0 };
  const microseconds = await dtls.cost(forged, async () => {
    bytes = await lights.forgedHellos(forged);
  });
  const after = await dtls.order("memory", "memory");
  const longMicroseconds = await dtls.cost(forged / 10, async () => {
    await lights.forgedHellos(forged / 10, { long: true });
  });
  lights.close();
  await dtls.end();
  if (after.cookiesAsked - before.cookiesAsked !== forged)
    throw new Error("a forged hello was not answered with a cookie");
  const kept = Math.max(0, after.bytes - before.bytes) / forged;
  return { microseconds, longMicroseconds, kept, amplification: bytes.answered / bytes.sent };
}

const all: Figures[] = [];
for (let run = 0; run < runs; run++) all.push(await oneRun());
const median = (name: keyof Figures) => all.map((figures) => figures[name]).toSorted((a, b) => a - b)[runs >> 1]!;
const round = (value: number) => Math.round(value * 100) / 100;

const unmet: string[] = [];
function report(bench: string, unit: string, value: number, goal: number | undefined, against: object = {}) {
  const met = goal === undefined || value <= goal;
  if (!met) unmet.push(bench);
  process.stdout.write(`${JSON.stringify({ bench, unit, value: round(value), goal, met, against })}\n`);
}

const floor = median("raw100") + median("crypto");
const against = { raw: round(median("raw100")), ciphers: round(median("crypto")), own: round(median("echo100")) };
report("full handshake with cookie, extended master secret and connection id", "CPU µs", median("handshake"), 450, {
  perSecondOfOneCore: Math.round(1e6 / median("handshake")),
});
const beside = { psk: round(median("handshake")) };
report("handshake with raw public keys", "CPU µs", median("rawKey"), 1_500, beside);
report(
  "handshake with certificates, one authority between light and root",
  "CPU µs",
  median("certificate"),
  2_000,
  beside,
);
report("echo of 100 bytes against raw echo and bare ciphers", "×", median("echo100") / floor, 2.2, against);
report("full handshake, its connection stored", "CPU µs", median("keptHandshake"), 450, beside);
report("echo of 100 bytes over stored connections", "×", median("keptEcho100") / floor, 2.2, {
  ...{ raw: against.raw, ciphers: against.ciphers, own: round(median("keptEcho100")) },
});
report("a connection taken up at a start", "CPU µs", median("restore"), 100, {});
report("echo of 1,100 bytes", "CPU µs", median("echo1100"), undefined);
report(`memory per connection, of ${sessions}`, "kB", (await bytesPerSession()) / 1_000, 12);
const flood = await floodOfHellos();
const rawEcho = { rawEcho: round(median("raw100")) };
report(`forged hello, of ${forged}`, "CPU µs", flood.microseconds, 100, rawEcho);
report("forged hello, the longest that is read", "CPU µs", flood.longMicroseconds, 150, rawEcho);
report("bytes answered for each byte of a forged hello", "×", flood.amplification, 1);
report("memory kept for each forged hello", "bytes", flood.kept, 20);
if (process.argv.includes("--check") && unmet.length > 0) process.exit(1);
