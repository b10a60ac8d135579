import type { SubjectKind } from "./child.ts";
import { measurePush } from "./pushes.ts";
import { measureUpdates } from "./updates.ts";

/**
 * Measures the CPU time of our endpoint beside a raw echo and beside node-coap, each in a process of its own, in turns,
 * and prints one line of JSON per goal. `--check` exits 1 when a goal is missed; `--quick` is a small run for tests.
 */
// A warm-up leaves compiled code on all sides, and 82,000 remembered messages: what 100,000 devices that each update every
// five minutes leave within the 247 s of EXCHANGE_LIFETIME.
const isQuick = process.argv.includes("--quick");
const runs = isQuick ? 3 : 7;
const updates = isQuick ? { warmUp: 2_000, messages: 4_000 } : { warmUp: 82_000, messages: 40_000 };
const pushes = isQuick ? { warmUp: 20, endpoints: 60 } : { warmUp: 500, endpoints: 500 };

/** The runs of each kind in turns, so that a slow minute of the machine falls on all of them. */
async function interleaved(kinds: readonly SubjectKind[], measure: (kind: SubjectKind) => Promise<number>) {
  const values = new Map<SubjectKind, number[]>(kinds.map((kind) => [kind, []]));
  for (let run = 0; run < runs; run++) for (const kind of kinds) values.get(kind)!.push(await measure(kind));
  return (kind: SubjectKind) => {
    const sorted = values.get(kind)!.toSorted((a, b) => a - b);
    const round = (value: number) => Math.round(value * 100) / 100;
    return { median: round(sorted[sorted.length >> 1]!), min: round(sorted[0]!), max: round(sorted.at(-1)!) };
  };
}

const unmet: string[] = [];
function report(
  bench: string,
  own: { median: number },
  goal: { name: string; factor: number; than: { median: number } },
) {
  const ratio = own.median / goal.than.median;
  const met = ratio <= goal.factor;
  if (!met) unmet.push(bench);
  const value = Math.round(ratio * 1000) / 1000;
  const against = { own, [goal.name]: goal.than, unit: "CPU µs, median of runs" };
  process.stdout.write(
    `${JSON.stringify({ bench, unit: `× ${goal.name}`, value, goal: goal.factor, met, against })}\n`,
  );
}

const update = await interleaved(["raw", "own", "node-coap"], (kind) => measureUpdates(kind, updates));
report("registration update against raw echo", update("own"), { name: "raw", factor: 2, than: update("raw") });
report("registration update against node-coap", update("own"), {
  name: "node-coap",
  factor: 0.3,
  than: update("node-coap"),
});
const push = await interleaved(["own", "node-coap"], (kind) => measurePush(kind, pushes));
report("block1 push against node-coap", push("own"), { name: "node-coap", factor: 0.4, than: push("node-coap") });

if (process.argv.includes("--check") && unmet.length > 0) process.exit(1);
