import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { inputs } from "./inputs.ts";

/** One edge at which bytes from outside come in. */
export interface FuzzTarget {
  readonly fuzz: string;
  /** Real inputs, to be changed. */
  readonly corpus: readonly Uint8Array[];
  /** Takes one input. Throws only what got past the edge: what the edge throws by design is caught inside. */
  readonly take: (input: Uint8Array) => void;
  /** Waits for what `take` set going, where that is not over when it returns. */
  readonly settle?: () => Promise<void>;
  readonly end?: () => Promise<void>;
}

export interface FuzzResult {
  readonly fuzz: string;
  readonly inputs: number;
  readonly throwsPastEdge: number;
  readonly heapGrowthMiB: number;
  /** The time that 999 of 1,000 inputs stay below, without those during which the system gave the CPU to somebody else. */
  readonly p999Ms: number;
  readonly disturbed: number;
  readonly goal: FuzzGoal;
  readonly met: boolean;
  readonly seed: number;
  /** The first input that got past the edge, in hexadecimal, and what it caused. */
  readonly first?: { readonly input: string; readonly error: string };
}

export interface FuzzGoal {
  readonly throwsPastEdge: number;
  readonly heapGrowthMiB: number;
  readonly p999Ms: number;
}

export const goal: FuzzGoal = { throwsPastEdge: 0, heapGrowthMiB: 5, p999Ms: 5 };

/**
 * Gives a target so many inputs and judges what came of it.
 *
 * The heap is measured after a collection, once a tenth of the inputs is through and once all are: what an edge keeps for
 * good shows as growth between the two. Time is that on the wall, collections included. An input is left out of it when the
 * system took the CPU away meanwhile: what else the machine does is not judged here. A thread's CPU time would not do, for
 * many systems count it in steps of 4 ms.
 */
export async function measure(target: FuzzTarget, { count, seed }: { count: number; seed: number }) {
  const durations = new Float32Array(count);
  let disturbed = 0;
  const warm = Math.floor(count / 10);
  let heapBefore = 0;
  let throwsPastEdge = 0;
  let first: FuzzResult["first"];
  const note = (input: Uint8Array, error: unknown) => {
    throwsPastEdge++;
    first ??= {
      input: Buffer.from(input).toString("hex"),
      error: error instanceof Error ? (error.stack ?? error.message).slice(0, 600) : String(error),
    };
  };
  let index = 0;
  let current: Uint8Array = new Uint8Array();
  const unhandled = (error: unknown) => note(current, error);
  process.on("unhandledRejection", unhandled);
  try {
    for (const input of inputs(target.corpus, seed)) {
      if (index === warm) heapBefore = await heapUsed();
      if (index === count) break;
      current = input;
      const switches = process.resourceUsage().involuntaryContextSwitches;
      const begun = performance.now();
      try {
        target.take(input);
        if (target.settle) await target.settle();
      } catch (error) {
        note(input, error);
      }
      const duration = performance.now() - begun;
      if (process.resourceUsage().involuntaryContextSwitches > switches) disturbed++;
      else durations[index - disturbed] = duration;
      index++;
    }
    const heapGrowthMiB = round(((await heapUsed()) - heapBefore) / 1024 / 1024);
    await target.end?.();
    const p999Ms = p999(durations.subarray(0, count - disturbed));
    const met = throwsPastEdge <= goal.throwsPastEdge && heapGrowthMiB <= goal.heapGrowthMiB && p999Ms <= goal.p999Ms;
    const result: FuzzResult = {
      fuzz: target.fuzz,
      inputs: count,
      throwsPastEdge,
      heapGrowthMiB,
      p999Ms,
      disturbed,
      goal,
      met,
      seed,
      ...(first && { first }),
    };
    return result;
  } finally {
    process.off("unhandledRejection", unhandled);
  }
}

const p999 = (durations: Float32Array) => round(durations.sort()[Math.floor(durations.length * 0.999)] ?? 0);
const round = (value: number) => Math.round(value * 1_000) / 1_000;

let collect: (() => void) | undefined;

/** Bytes on the heap and in buffers, once everything that can be collected is. */
async function heapUsed(): Promise<number> {
  if (!collect) {
    setFlagsFromString("--expose-gc");
    collect = runInNewContext("gc") as () => void;
  }
  // A turn of the event loop, so that what only a microtask holds is let go of.
  await new Promise((resolve) => setImmediate(resolve));
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
