import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Case, cases } from "./table.ts";

/**
 * Runs every test that is a case of OMA's conformance suite, prints a line of JSON for each case of the suite and the
 * totals; `--check` exits 1 when a case that is proven fails, or one that applies is not proven.
 */
const root = join(import.meta.dirname, "..", "..", "..");

interface Report {
  readonly testResults: readonly { readonly assertionResults: readonly { title: string; status: string }[] }[];
}

/** Where tests of cases are. Devices have theirs beside the device. */
const folders = ["packages/lwm2m/src/conformance", "packages/lwm2m/src/bootstrap", "packages/device/src/conformance"];

async function results(): Promise<Map<string, boolean>> {
  const scratch = mkdtempSync(join(tmpdir(), "lamplighter-conformance-"));
  const file = join(scratch, "report.json");
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const args = ["run", "--config", "packages/tooling/vitest.config.ts", "--reporter=json", `--outputFile=${file}`];
  const child = spawn(process.execPath, [vitest, ...args, ...folders], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
  });
  await new Promise((resolve) => child.on("close", resolve));
  const report: Report = JSON.parse(readFileSync(file, "utf8"));
  rmSync(scratch, { recursive: true });
  const found = new Map<string, boolean>();
  for (const { title, status } of report.testResults.flatMap(({ assertionResults }) => assertionResults)) {
    const id = title.split(" ")[0] ?? "";
    // A case may have several tests: it holds when all of them do.
    found.set(id, (found.get(id) ?? true) && status === "passed");
  }
  return found;
}

function verdict({ id, applies }: Case, found: ReadonlyMap<string, boolean>): string {
  if (applies === "with CoAPS") return "not covered: it needs CoAPS";
  if (applies === "no procedure") return "not covered: the suite gives no procedure";
  if (applies === "client only") return "not covered: only the client is judged";
  if (typeof applies === "object" && "outOfScope" in applies) return `not covered: ${applies.outOfScope}`;
  const proof = typeof applies === "object" ? applies.sameAs : id;
  const passed = found.get(proof);
  return passed === undefined ? "not covered: no test proves it" : passed ? "passed" : "failed";
}

const found = await results();
const totals = { passed: 0, failed: 0, unproven: 0, notApplicable: 0 };
for (const each of cases) {
  const result = verdict(each, found);
  const { id, title, versions } = each;
  process.stdout.write(`${JSON.stringify({ id, title, versions, result })}\n`);
  if (result === "passed") totals.passed++;
  else if (result === "failed") totals.failed++;
  else if (result.endsWith("no test proves it")) totals.unproven++;
  else totals.notApplicable++;
}
process.stdout.write(`${JSON.stringify({ totals: { cases: cases.length, ...totals } })}\n`);
if (process.argv.includes("--check") && totals.failed + totals.unproven > 0) process.exitCode = 1;
