import { expect, test } from "vitest";
import { isOffered, lookOf, pieceName, type SoftwareTask, sayProgress, sayTask } from "./software-words";

const image = { id: "p", name: "Driver", version: "2.0.0", bytes: 40_000 };
const task = (change: Partial<SoftwareTask>): SoftwareTask =>
  ({
    instance: 0,
    wish: "install",
    phase: "pushing",
    package: image,
    delivery: "push",
    bytesDone: 0,
    ...change,
  }) as never;
const pieces = [{ instance: 0, name: "Luminaire driver" }] as never;

test("a task says what it does and to what", () => {
  expect(sayTask(task({}), pieces)).toBe("Install Driver 2.0.0 on Luminaire driver");
  expect(sayTask(task({ wish: "deactivate", package: null }), pieces)).toBe("Deactivate Luminaire driver");
  expect(sayTask(task({ instance: 3 }), pieces)).toBe("Install Driver 2.0.0 on Software 3");
  expect(pieceName({ name: null, instance: 1 })).toBe("Software 1");
});

test("how far a package is, is said from the first byte to the last and never rounded up", () => {
  expect(sayProgress(task({ bytesDone: 20_000 }))).toBe("20 kB of 40 kB sent, 50 %");
  expect(sayProgress(task({ bytesDone: 39_999 }))).toContain("99 %");
  expect(sayProgress(task({ bytesDone: 10, delivery: "pull" }))).toContain("fetched, 0 %");
  expect(sayProgress(task({ bytesDone: 40_000 }))).toBe("40 kB, all of it there");
  expect(sayProgress(task({ phase: "examining" }))).toBeUndefined();
  expect(sayProgress(task({ package: null }))).toBeUndefined();
});

test("one phase has the word of what it is for", () => {
  expect(lookOf(task({ phase: "switching", wish: "activate" })).word).toBe("Activating");
  expect(lookOf(task({ phase: "confirming-switch", wish: "deactivate" })).word).toBe("Deactivating");
  expect(lookOf(task({ phase: "confirming-delivery", delivery: "pull" })).word).toBe("Fetching");
  expect(lookOf(task({ phase: "confirming-delivery" })).word).toBe("Checking");
});

test("only software that is not revoked and fits the light is offered", () => {
  const light = { model: "LC-200", hardwareRevision: null };
  const offered = { kind: "software", state: "released", models: [], hardwareRevisions: [] };
  expect(isOffered(offered, light)).toBe(true);
  expect(isOffered({ ...offered, kind: "firmware" }, light)).toBe(false);
  expect(isOffered({ ...offered, state: "revoked" }, light)).toBe(false);
  expect(isOffered({ ...offered, models: ["LC-100"] }, light)).toBe(false);
  expect(isOffered({ ...offered, hardwareRevisions: ["B"] }, light)).toBe(false);
});
