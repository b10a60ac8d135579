import { test } from "vitest";
import { cases } from "../../conformance/table.ts";

/** A test that is a case of the conformance suite: its title is the case's number and title, by which it is found again. */
export function ets(id: string, prove: () => Promise<void>): void {
  const known = cases.find((each) => each.id === id);
  if (known?.applies !== "applies") throw new Error(`${id} is not a case that applies`);
  test(`${known.id} ${known.title}`, prove);
}
