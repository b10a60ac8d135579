import { parseArgs } from "node:util";
import { measure } from "./measure.ts";
import { fuzzTargets } from "./targets.ts";

/**
 * Gives every edge at which bytes from outside come in a million inputs (`--inputs`), and prints a line of JSON for each;
 * exits 1 when a goal is missed. `--only TLV` runs one, `--seed` chooses the inputs.
 */
const { values } = parseArgs({
  options: {
    inputs: { type: "string", default: "1000000" },
    seed: { type: "string", default: "20300101" },
    only: { type: "string" },
  },
});

let isMet = true;
for (const target of await fuzzTargets()) {
  if (values.only !== undefined && target.fuzz !== values.only) continue;
  const result = await measure(target, { count: Number(values.inputs), seed: Number(values.seed) });
  process.stdout.write(`${JSON.stringify(result)}\n`);
  isMet &&= result.met;
}
process.exitCode = isMet ? 0 : 1;
