import { sentenceOf } from "./start-failure.ts";

/** Runs a command of one task; what was foreseen ends as one sentence on standard error, without a stack. */
export async function runErrand(errand: () => Promise<void>): Promise<void> {
  try {
    await errand();
  } catch (error) {
    const isUsage = error instanceof TypeError;
    process.stderr.write(`${sentenceOf(error) ?? (isUsage ? error.message : String((error as Error).stack))}\n`);
    process.exitCode = 1;
  }
}
