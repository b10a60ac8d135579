import { seeded } from "@lamplighter/runtime/random";
import { expect, test } from "vitest";
import {
  type Attempt,
  type AttemptEffect,
  type AttemptEvent,
  type AttemptStep,
  attemptPhases,
  beginAttempt,
  type FirmwareReading,
  isRetryable,
  nextAttempt,
  resumeAttempt,
  updateResults,
} from "./firmware-update.ts";

const oldVersion = "1.4.0";
const newVersion = "2.0.0";
const reading = (state: number, result: number, version = oldVersion): FirmwareReading => ({ state, result, version });
const readEvent = (state: number, result: number, version = oldVersion): AttemptEvent => ({
  kind: "read",
  ...reading(state, result, version),
});
const attemptIn = (phase: Attempt["phase"], more: Partial<Attempt> = {}): Attempt => ({
  phase,
  expectedVersion: newVersion,
  fromVersion: oldVersion,
  ...more,
});

/** Runs events from the beginning; every step's effects are kept. */
function run(...events: AttemptEvent[]): { attempt: Attempt; effects: AttemptEffect[] } {
  let step: AttemptStep = beginAttempt(newVersion);
  const effects = [...step.effects];
  for (const event of events) {
    step = nextAttempt(step.attempt, event);
    effects.push(...step.effects);
  }
  return { attempt: step.attempt, effects };
}

const pushed = { kind: "answered", operation: "push" } as const;
const offered = { kind: "answered", operation: "offer" } as const;
const pulls = { kind: "delivery-chosen", delivery: "pull" } as const;
const wasReset = { kind: "answered", operation: "reset" } as const;
const executed = { kind: "answered", operation: "execute" } as const;
const install = { kind: "install" } as const;
const registered = { kind: "registered" } as const;
const toDownloaded = [readEvent(0, 0), pushed, readEvent(2, 0)];
const toInstalling = [...toDownloaded, install, executed];

test("an update that goes well: examined, pushed, held, installed when told, verified after the light came back", () => {
  const { attempt, effects } = run(...toInstalling, registered, readEvent(0, 1, newVersion));
  expect(attempt.phase).toBe("succeeded");
  expect(effects.map(({ kind }) => kind).filter((kind) => kind !== "wait")).toEqual([
    "read",
    "push",
    "read",
    "execute",
    "read",
  ]);
});

test("a downloaded package is not installed before the order", () => {
  expect(run(...toDownloaded).attempt.phase).toBe("downloaded");
  expect(run(...toDownloaded, { kind: "poll" }, readEvent(2, 0)).effects).not.toContainEqual({ kind: "execute" });
});

test.each([
  [0, 1],
  [0, 5],
  [0, 8],
  [1, 0],
  [2, 0],
  [2, 8],
  [1, 6],
])(
  "state %i with result %i before the start is reset first, so that it cannot be taken for this attempt's",
  (state, result) => {
    const before = run(readEvent(state, result));
    expect(before.attempt.phase).toBe("resetting");
    expect(before.effects.at(-1)).toEqual({ kind: "reset", by: "uri" });
    const after = run(readEvent(state, result), wasReset, readEvent(0, 0));
    expect(after.attempt.phase).toBe("pushing");
  },
);

test("a light that refuses an empty Package URI, or ignores it, is reset by a NUL package", () => {
  const refused = run(readEvent(2, 0), { kind: "refused", operation: "reset", code: "4.05" });
  expect(refused.effects.at(-1)).toEqual({ kind: "reset", by: "package" });
  const ignored = run(readEvent(2, 0), wasReset, readEvent(2, 0));
  expect(ignored.effects.at(-1)).toEqual({ kind: "reset", by: "package" });
  expect(run(readEvent(2, 0), wasReset, readEvent(2, 0), wasReset, readEvent(2, 0)).attempt.failure).toEqual({
    kind: "not-reset",
  });
});

test("a result that the light will not let go of is not taken for this attempt's", () => {
  const stuck = [readEvent(0, 8), wasReset, readEvent(0, 8), wasReset, readEvent(0, 8)];
  expect(run(...stuck).attempt).toMatchObject({ phase: "pushing", staleResult: 8 });
  expect(run(...stuck, pushed, readEvent(2, 8)).attempt.phase).toBe("downloaded");
  const installed = run(...stuck, pushed, readEvent(2, 8), install, executed, registered, readEvent(0, 1, newVersion));
  expect(installed.attempt.phase).toBe("succeeded");
});

test("a light that fetches its image is told where it is, waited for, and installs when told", () => {
  const { attempt, effects } = run(
    pulls,
    readEvent(0, 0),
    offered,
    readEvent(0, 0),
    readEvent(1, 0),
    { kind: "notified" },
    readEvent(2, 0),
    install,
    executed,
    registered,
    readEvent(0, 1, newVersion),
  );
  expect(attempt.phase).toBe("succeeded");
  expect(effects.filter(({ kind }) => kind !== "wait" && kind !== "read")).toEqual([
    { kind: "offer" },
    { kind: "execute" },
  ]);
});

test("a light that restarts while it fetches is told again only if it has forgotten", () => {
  const fetching = [pulls, readEvent(0, 0), offered, readEvent(1, 0), registered];
  expect(run(...fetching, readEvent(1, 0)).effects.filter(({ kind }) => kind === "offer")).toHaveLength(1);
  const forgotten = run(...fetching, readEvent(0, 0));
  expect(forgotten.attempt.phase).toBe("offering");
  expect(run(...fetching, readEvent(0, 0), offered, readEvent(0, 0)).attempt.phase).toBe("confirming-download");
});

test.each([4, 5, 7, 9])("a fetch that ends in result %i fails the attempt", (result) => {
  expect(run(pulls, readEvent(0, 0), offered, readEvent(0, result)).attempt.failure).toEqual({
    kind: "result",
    result,
  });
});

test("an address that the light refuses fails the attempt, unless its result says more", () => {
  const refused = { kind: "refused", operation: "offer", code: "4.13" } as const;
  expect(run(pulls, readEvent(0, 0), refused, readEvent(0, 7)).attempt.failure).toEqual({ kind: "result", result: 7 });
  const failure = { kind: "refused", operation: "offer", code: "4.13" };
  const { attempt } = run(pulls, readEvent(0, 0), refused, readEvent(0, 0));
  expect(attempt.failure ?? attempt.phase).toEqual(failure);
});

test("a fetch that is stopped leaves nothing to be fetched, and one past its time fails", () => {
  const fetching = [pulls, readEvent(0, 0), offered, readEvent(1, 0)];
  const stopped = run(...fetching, { kind: "delivery-stopped" });
  expect(stopped.attempt.phase).toBe("cancelled");
  expect(stopped.effects.at(-1)).toEqual({ kind: "reset", by: "uri" });
  expect(run(...fetching, { kind: "deadline" }).attempt.failure).toEqual({ kind: "download-deadline" });
});

test("a light that takes no image by any way that we have fails before it is touched, for good", () => {
  const { attempt, effects } = run({ kind: "undeliverable", why: "It fetches over HTTPS alone." }, readEvent(0, 0));
  expect(attempt.failure).toEqual({ kind: "undeliverable", why: "It fetches over HTTPS alone." });
  expect(effects.map(({ kind }) => kind)).toEqual(["read"]);
  expect(isRetryable({ kind: "undeliverable", why: "" })).toBe(false);
});

test.each<[FirmwareReading, Attempt["phase"]]>([
  [reading(0, 0), "offering"],
  [reading(1, 0), "confirming-download"],
  [reading(2, 0), "downloaded"],
  [reading(0, 4), "failed"],
  [reading(3, 0), "awaiting-return"],
])("after our restart, a fetch of a light that says %o goes on as %s", (said, expected) => {
  for (const phase of ["offering", "confirming-download"] as const) {
    expect(resumeAttempt(attemptIn(phase, { delivery: "pull" }), said).attempt.phase).toBe(expected);
  }
});

test("a light that is updating already is left alone", () => {
  expect(run(readEvent(3, 0)).attempt.failure).toEqual({ kind: "busy" });
});

test("a light that has the version needs nothing", () => {
  const { attempt, effects } = run(readEvent(0, 0, newVersion));
  expect(attempt.phase).toBe("succeeded");
  expect(effects).not.toContainEqual({ kind: "push" });
});

test.each([2, 3, 5, 6, 7, 9, 10])("result %i after the push fails the attempt", (result) => {
  expect(run(readEvent(0, 0), pushed, readEvent(0, result)).attempt.failure).toEqual({ kind: "result", result });
});

test("a wrong package type may leave the state at Downloading", () => {
  expect(run(readEvent(0, 0), pushed, readEvent(1, 6)).attempt.failure).toEqual({ kind: "result", result: 6 });
});

test("a refused push is explained by the light's result if it has one", () => {
  const refused = { kind: "refused", operation: "push", code: "4.13" } as const;
  expect(run(readEvent(0, 0), refused, readEvent(0, 2)).attempt.failure).toEqual({ kind: "result", result: 2 });
  expect(run(readEvent(0, 0), refused, readEvent(0, 0)).attempt.failure).toEqual({
    kind: "refused",
    operation: "push",
    code: "4.13",
  });
});

test("a light that restarts in the middle of a push fails the attempt, retryably, and stops the push", () => {
  const { attempt, effects } = run(readEvent(0, 0), registered);
  expect(attempt.failure).toEqual({ kind: "unreachable", operation: "push" });
  expect(effects).toContainEqual({ kind: "stop-push" });
});

test("still Downloading after the last block waits, and Idle without a result is a failure", () => {
  expect(run(readEvent(0, 0), pushed, readEvent(1, 0)).attempt.phase).toBe("confirming-download");
  expect(run(readEvent(0, 0), pushed, readEvent(0, 0)).attempt.failure).toEqual({ kind: "not-downloaded" });
});

test("state Idle is not success, and neither is Result 1 with another version, nor the version without Result 1", () => {
  expect(run(...toInstalling, registered, readEvent(0, 0)).attempt.phase).toBe("rolled-back");
  expect(run(...toInstalling, registered, readEvent(0, 1)).attempt.phase).toBe("rolled-back");
  expect(run(...toInstalling, registered, readEvent(0, 0, newVersion)).attempt.phase).toBe("verifying");
  expect(run(...toInstalling, registered, readEvent(0, 0, newVersion), { kind: "deadline" }).attempt.failure).toEqual({
    kind: "unconfirmed",
  });
  expect(run(...toInstalling, registered, readEvent(0, 1, "2.0.00")).attempt.failure).toEqual({
    kind: "wrong-version",
    version: "2.0.00",
  });
});

test("a fine reading before the light registered anew is not yet success", () => {
  expect(run(...toInstalling, readEvent(0, 1, newVersion)).attempt.phase).toBe("awaiting-return");
  expect(run(...toInstalling, readEvent(0, 1, newVersion), registered, readEvent(0, 1, newVersion)).attempt.phase).toBe(
    "succeeded",
  );
});

test.each([0, 2])("a failed installation is told by result 8, in state %i", (state) => {
  expect(run(...toInstalling, registered, readEvent(state, 8)).attempt.failure).toEqual({ kind: "result", result: 8 });
  expect(run(...toInstalling, readEvent(state, 8)).attempt.failure).toEqual({ kind: "result", result: 8 });
});

test("a light that comes back in state Updating is waited for", () => {
  expect(run(...toInstalling, registered, readEvent(3, 0)).attempt.phase).toBe("awaiting-return");
});

test("a light that comes back with its package still waiting has not installed", () => {
  expect(run(...toInstalling, registered, readEvent(2, 0)).attempt.failure).toEqual({ kind: "not-installed" });
});

test("a deferred installation holds, goes on, and comes to its end", () => {
  const deferred = [...toInstalling, { kind: "notified" } as const, readEvent(2, 11)];
  expect(run(...deferred).attempt.phase).toBe("deferred");
  expect(run(...deferred, readEvent(3, 11)).attempt.phase).toBe("deferred");
  expect(run(...deferred, readEvent(3, 0)).attempt.phase).toBe("awaiting-return");
  expect(run(...deferred, registered, readEvent(0, 1, newVersion)).attempt.phase).toBe("succeeded");
  expect(run(...deferred, { kind: "deadline" }).attempt.failure).toEqual({ kind: "result", result: 11 });
});

test("an execute without an answer is never sent again", () => {
  const unsure = [...toDownloaded, install, { kind: "timed-out", operation: "execute" } as const];
  expect(run(...unsure).attempt.phase).toBe("awaiting-return");
  const later = run(...unsure, readEvent(2, 0), { kind: "poll" }, readEvent(2, 0), install);
  expect(later.effects.filter(({ kind }) => kind === "execute")).toHaveLength(1);
});

test("a refused execute fails once the light shows that nothing was installed", () => {
  const refused = [...toDownloaded, install, { kind: "refused", operation: "execute", code: "4.05" } as const];
  expect(run(...refused, readEvent(2, 0)).attempt.failure).toEqual({
    kind: "refused",
    operation: "execute",
    code: "4.05",
  });
  expect(run(...refused, readEvent(3, 0)).attempt.phase).toBe("awaiting-return");
});

test("a light that does not return is lost, and found again when it does", () => {
  const lost = [...toInstalling, { kind: "deadline" } as const];
  expect(run(...lost).attempt.phase).toBe("lost");
  expect(run(...lost, registered, readEvent(0, 1, newVersion)).attempt.phase).toBe("succeeded");
});

test("an old version that reappears after success is a roll-back", () => {
  const done = [...toInstalling, registered, readEvent(0, 1, newVersion)];
  expect(run(...done, registered, readEvent(0, 0)).attempt.phase).toBe("rolled-back");
  expect(run(...done, registered, readEvent(0, 0, newVersion)).attempt.phase).toBe("succeeded");
});

test("a cancel is obeyed until the installation began, and leaves no package behind", () => {
  expect(run({ kind: "cancel" }).attempt.phase).toBe("cancelled");
  expect(run(readEvent(0, 0), { kind: "cancel" }).effects).toContainEqual({ kind: "stop-push" });
  expect(run(...toDownloaded, { kind: "cancel" }).effects.at(-1)).toEqual({ kind: "reset", by: "uri" });
  expect(run(...toInstalling, { kind: "cancel" }).attempt.phase).toBe("awaiting-return");
});

test.each([
  [7, 0, "state"],
  [-1, 0, "state"],
  [0, 12, "result"],
  [0, 0.5, "result"],
])("state %d with result %d is malformed", (state, result, what) =>
  expect(run(readEvent(state, result)).attempt.failure).toMatchObject({ kind: "malformed", what }),
);

// Restarts.
test.each<[Attempt["phase"], FirmwareReading, Attempt["phase"]]>([
  ["examining", reading(0, 0), "pushing"],
  ["examining", reading(2, 0), "resetting"],
  ["confirming-reset", reading(0, 0), "pushing"],
  ["pushing", reading(0, 0), "pushing"],
  ["pushing", reading(1, 0), "resetting"],
  ["pushing", reading(2, 0), "downloaded"],
  ["pushing", reading(2, 8), "resetting"],
  ["confirming-download", reading(1, 0), "confirming-download"],
  ["confirming-download", reading(0, 0), "pushing"],
  ["confirming-download", reading(2, 0), "downloaded"],
  ["downloaded", reading(2, 0), "downloaded"],
  ["downloaded", reading(3, 0), "awaiting-return"],
  ["downloaded", reading(0, 0), "failed"],
  ["downloaded", reading(0, 1, newVersion), "succeeded"],
  ["executing", reading(2, 0), "downloaded"],
  ["executing", reading(3, 0), "awaiting-return"],
  ["executing", reading(0, 1, newVersion), "succeeded"],
  ["executing", reading(2, 8), "failed"],
  ["awaiting-return", reading(3, 0), "awaiting-return"],
  ["awaiting-return", reading(0, 1, newVersion), "succeeded"],
  ["awaiting-return", reading(2, 0), "failed"],
  ["awaiting-return", reading(0, 0), "rolled-back"],
  ["verifying", reading(0, 0, newVersion), "verifying"],
  ["deferred", reading(2, 11), "deferred"],
  ["lost", reading(0, 1, newVersion), "succeeded"],
  ["succeeded", reading(0, 0), "rolled-back"],
  ["succeeded", reading(0, 0, newVersion), "succeeded"],
  ["failed", reading(0, 1, newVersion), "failed"],
  ["cancelled", reading(2, 0), "cancelled"],
])("after a restart, %s with what the light says (%o) goes on as %s", (phase, said, expected) => {
  const { attempt, effects } = resumeAttempt(attemptIn(phase), said);
  expect(attempt.phase).toBe(expected);
  expect(effects).not.toContainEqual({ kind: "execute" });
});

// Every phase with every event.
const everyEvent: AttemptEvent[] = [
  ...[0, 1, 2, 3, 4].flatMap((state) =>
    Array.from({ length: 13 }, (_, result) =>
      [oldVersion, newVersion, "9.9.9"].map((version) => readEvent(state, result, version)),
    ).flat(),
  ),
  wasReset,
  pushed,
  offered,
  executed,
  ...(["read", "reset", "push", "offer", "execute"] as const).flatMap((operation): AttemptEvent[] => [
    { kind: "refused", operation, code: "4.05" },
    { kind: "timed-out", operation },
  ]),
  { kind: "delivery-stopped" },
  { kind: "delivery-chosen", delivery: "pull" },
  { kind: "undeliverable", why: "It takes no image by any way that we have." },
  { kind: "notified" },
  { kind: "poll" },
  registered,
  install,
  { kind: "cancel" },
  { kind: "deadline" },
];

test("in every phase every event has an answer that keeps the rules", () => {
  for (const phase of attemptPhases) {
    for (const event of everyEvent) {
      for (const resetBy of ["uri", "package"] as const) {
        const before = attemptIn(phase, { resetBy });
        const { attempt, effects } = nextAttempt(before, event);
        const what = `${phase} × ${JSON.stringify(event)}`;
        expect(attemptPhases, what).toContain(attempt.phase);
        expect(attempt.expectedVersion, what).toBe(newVersion);
        // Executes on the order alone, and only what is downloaded.
        if (effects.some(({ kind }) => kind === "execute"))
          expect([phase, event.kind], what).toEqual(["downloaded", "install"]);
        if (attempt.phase === "failed" && phase !== "failed") expect(attempt.failure, what).toBeDefined();
        if (attempt.phase === "succeeded" && phase !== "succeeded")
          expect(event, what).toMatchObject({ version: newVersion });
        // What has failed, was cancelled or rolled back stays so, and does nothing any more.
        if (phase === "failed" || phase === "cancelled" || phase === "rolled-back") {
          expect({ attempt, effects }, what).toEqual({ attempt: before, effects: [] });
        }
      }
    }
  }
});

test("over any course of events and restarts, one order executes at most once, and success is read, not assumed", () => {
  for (let seed = 1; seed <= 3_000; seed++) {
    const random = seeded(seed);
    const pick = <T>(choices: readonly T[]): T => choices[Math.floor(random.next() * choices.length)]!;
    let step = beginAttempt(newVersion);
    let orders = 0;
    let executes = 0;
    for (let index = 0; index < 40; index++) {
      const before = step.attempt;
      const said = reading(pick([0, 1, 2, 3]), pick([0, 0, 1, 8, 11]), pick([oldVersion, newVersion]));
      const event = random.next() < 0.5 ? ({ kind: "read", ...said } as const) : pick(everyEvent);
      const restarts = random.next() < 0.1;
      step = restarts ? resumeAttempt(before, said) : nextAttempt(before, event);
      if (!restarts && event.kind === "install" && before.phase === "downloaded") orders++;
      executes += step.effects.filter(({ kind }) => kind === "execute").length;
      expect(executes, `seed ${seed}`).toBe(orders);
      if (step.attempt.phase === "succeeded" && before.phase !== "succeeded") {
        expect(restarts ? said.version : (event as FirmwareReading).version, `seed ${seed}`).toBe(newVersion);
      }
    }
  }
});

test("every result has a name and says whether trying again has any hope", () => {
  expect(Object.entries(updateResults).map(([number, { name }]) => `${number} ${name}`)).toHaveLength(12);
  const hopeless = [2, 5, 6, 7, 9] as const;
  expect(hopeless.filter((result) => isRetryable({ kind: "result", result }))).toEqual([]);
  expect(([3, 4, 8, 10, 11] as const).every((result) => isRetryable({ kind: "result", result }))).toBe(true);
  expect(isRetryable({ kind: "refused", operation: "push", code: "5.00" })).toBe(true);
  expect(isRetryable({ kind: "refused", operation: "push", code: "4.05" })).toBe(false);
});
