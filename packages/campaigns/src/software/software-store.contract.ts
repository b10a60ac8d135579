import { expect, test } from "vitest";
import type { SoftwareHappening, SoftwareStore, SoftwareTask } from "./software-task.ts";

/** A store to try that knows the lights `light-1` and `light-2`, and the same data opened again. */
export interface SoftwareStoreUnderTest {
  readonly store: SoftwareStore;
  readonly reopen: () => SoftwareStore;
}

const at = Date.UTC(2030, 0, 1);
const happening: SoftwareHappening = { actor: "user-1", kind: "software.asked", message: "Asked." };

function taskOf(change: Partial<SoftwareTask> = {}): SoftwareTask {
  return {
    ...{ id: "task-1", deviceId: "light-1", endpoint: "urn:dev:light-1", instance: 0 },
    attempt: { wish: { kind: "activate" }, phase: "examining", tries: 1 },
    ...{ bytesDone: 0, installs: "at-once", askedBy: "user-1", askedAt: at, updatedAt: at },
    ...change,
  };
}

const full = taskOf({
  id: "task-2",
  instance: 65_534,
  attempt: {
    wish: { kind: "install", version: "2.0.0", creates: true, activates: true },
    ...{ phase: "confirming-install", tries: 2, delivery: "pull", from: { state: 4, version: "1.0.0" } },
    ...{ staleResult: 53, executes: 1, resultBefore: 3, isUnanswered: true },
    failure: { kind: "result", result: 52 },
  },
  package: { id: "package-1", name: "Driver", version: "2.0.0", bytes: 40_000, prefers: "pull" },
  ...{ bytesDone: 40_000, installs: "when-told", deadlineAt: at + 1 },
});

/** What every store of software tasks must do; run it inside a `describe` on each of them. */
export function softwareStoreContract(create: () => SoftwareStoreUnderTest | Promise<SoftwareStoreUnderTest>): void {
  test("a task comes back as it was added, and as it was saved", async () => {
    const { store, reopen } = await create();
    expect(await store.add(full, happening)).toBe("added");
    expect(await reopen().unfinished()).toEqual([full]);
    const { deadlineAt, ...moved } = { ...full, bytesDone: 7, updatedAt: at + 5 };
    expect(await store.save(moved)).toBe(true);
    expect(await reopen().unfinished()).toEqual([moved]);
  });

  test("one that has ended is not among the unfinished, and makes room for the next", async () => {
    const { store, reopen } = await create();
    const task = taskOf();
    await store.add(task, happening);
    expect(await store.add(taskOf({ id: "task-3", instance: 1 }), happening)).toBe("busy");
    expect(await store.add(taskOf({ id: "task-4", deviceId: "light-2" }), happening)).toBe("added");
    await store.save({ ...task, endedAt: at + 9 }, happening);
    expect(await store.add(taskOf({ id: "task-3", instance: 1 }), happening)).toBe("added");
    expect((await reopen().unfinished()).map(({ id }) => id).sort()).toEqual(["task-3", "task-4"]);
  });

  test("of two that ask at once for one light, one is busy", async () => {
    const { store } = await create();
    const asked = ["a", "b", "c"].map((id) => store.add(taskOf({ id }), happening));
    expect((await Promise.all(asked)).sort()).toEqual(["added", "busy", "busy"]);
  });

  test("a version that no database takes as it is is stored all the same", async () => {
    const { store, reopen } = await create();
    const from = { state: 4, version: "1.0\0\ud800" };
    expect(await store.add(taskOf({ attempt: { ...full.attempt, from } }), happening)).toBe("added");
    expect((await reopen().unfinished())[0]?.attempt.from?.version).toMatch(/^1\.0/);
  });

  test("what is not there is not saved", async () => {
    const { store } = await create();
    expect(await store.save(taskOf())).toBe(false);
  });
}
