import fc from "fast-check";
import { expect, test } from "vitest";
import {
  isSoftwareOver,
  isSoftwareRetryable,
  type SoftwareAttempt,
  type SoftwareEffect,
  type SoftwareEvent,
  type SoftwareReading,
  type SoftwareStep,
  type SoftwareWish,
  softwarePhases,
} from "./software-attempt.ts";
import { beginSoftware, isSoftwareCancellable, nextSoftware, resumeSoftware } from "./software-change.ts";
import { softwareDeadline, softwareExecutesMax, softwareTriesMax } from "./software-deadlines.ts";
import { softwareResult } from "./software-result.ts";

const oldVersion = "1.0.0";
const newVersion = "2.0.0";
const installation = { kind: "install", version: newVersion, creates: false, activates: true } as const;
const wishes: readonly SoftwareWish[] = [
  installation,
  { ...installation, creates: true, activates: false },
  { kind: "activate" },
  { kind: "deactivate" },
  { kind: "uninstall", forUpdate: false },
  { kind: "uninstall", forUpdate: true },
];

const read = (state: number, result: number, more: Partial<SoftwareReading> = {}): SoftwareEvent => ({
  ...{ kind: "read", state, result, name: "Driver", version: oldVersion, isActive: false },
  ...more,
});
const empty = read(0, 0, { version: "" });
const running = read(4, 2, { isActive: true });
const isNew = { version: newVersion };
const answered = (operation: "clear" | "push" | "offer" | "install" | "switch" | "uninstall" | "create") =>
  ({ kind: "answered", operation }) as const;
const silent = (operation: "push" | "install" | "switch" | "uninstall" | "create" | "clear" | "read") =>
  ({ kind: "timed-out", operation }) as const;
const refused = (operation: "clear" | "push" | "install" | "switch" | "uninstall" | "create" | "read", code: string) =>
  ({ kind: "refused", operation, code }) as const;
const pulls = { kind: "delivery-chosen", delivery: "pull" } as const;
const install = { kind: "install" } as const;
const registered = { kind: "registered" } as const;
const deadline = { kind: "deadline" } as const;
const toDelivered = [empty, answered("push"), read(3, 3)];
const toInstalling = [...toDelivered, install, read(3, 3)];

/** Runs events from the beginning; every step's effects are kept. */
function run(wish: SoftwareWish, ...events: readonly SoftwareEvent[]) {
  let step: SoftwareStep = beginSoftware(wish);
  const effects: SoftwareEffect[] = [...step.effects];
  for (const event of events) {
    step = nextSoftware(step.attempt, event);
    effects.push(...step.effects);
  }
  const done = effects.filter(({ kind }) => kind !== "read");
  return { attempt: step.attempt, effects: done.map(({ kind }) => kind), done };
}

test("an installation that goes well: examined, pushed, held, installed when told, activated, its version verified", () => {
  const { attempt, done } = run(
    installation,
    ...toInstalling,
    answered("install"),
    read(4, 2, isNew),
    answered("switch"),
    read(4, 2, { ...isNew, isActive: true }),
  );
  expect(attempt.phase).toBe("succeeded");
  expect(done).toEqual([{ kind: "push" }, { kind: "install" }, { kind: "switch", on: true }]);
});

test("software in place is made ready for its update first, and what merely lies there is thrown away", () => {
  expect(run(installation, running).done).toEqual([{ kind: "clear", forUpdate: true }]);
  expect(run(installation, running, answered("clear"), read(0, 0)).effects).toEqual(["clear", "push"]);
  for (const state of [1, 2, 3]) {
    expect(run(installation, read(state, 1, { version: "" })).done).toEqual([{ kind: "clear", forUpdate: false }]);
  }
});

test("what is installed already is not brought again, only activated where that is wanted", () => {
  expect(run(installation, read(4, 2, { ...isNew, isActive: true }))).toMatchObject({
    attempt: { phase: "succeeded" },
    effects: [],
  });
  expect(run(installation, read(4, 2, isNew)).effects).toEqual(["switch"]);
  expect(run({ ...installation, activates: false }, read(4, 2, isNew)).attempt.phase).toBe("succeeded");
});

test("an instance is created before it is examined; one that was there already is refused", () => {
  const creates = { ...installation, creates: true };
  expect(run(creates).effects).toEqual(["create"]);
  expect(run(creates, answered("create"), empty).effects).toEqual(["create", "push"]);
  expect(run(creates, silent("create"), refused("read", "4.04")).attempt.failure).toMatchObject({ kind: "refused" });
  expect(run(creates, refused("create", "4.00")).attempt.phase).toBe("failed");
});

test("a package that is fetched is offered, waited for, and offered again to a light that restarted", () => {
  expect(run(installation, pulls, empty).effects).toEqual(["offer"]);
  const offered = [pulls, empty, answered("offer")];
  expect(run(installation, ...offered, empty).attempt.phase).toBe("confirming-delivery");
  expect(run(installation, ...offered, read(1, 1), read(3, 3)).attempt.phase).toBe("delivered");
  expect(run(installation, ...offered, registered, empty).effects).toEqual(["offer", "offer"]);
});

test("a delivered package is installed on the order alone, and only after a fresh look says Delivered", () => {
  expect(run(installation, ...toDelivered, { kind: "poll" }, read(3, 3)).effects).toEqual(["push"]);
  expect(run(installation, ...toDelivered, install).effects).toEqual(["push"]);
  expect(run(installation, ...toDelivered, install, read(0, 0)).effects).not.toContain("install");
  expect(run(installation, ...toInstalling).effects).toEqual(["push", "install"]);
});

test("a result from before is reset first; where it will not go, it is no verdict on this try", () => {
  const stale = read(0, 53, { version: "" });
  const reset = [stale, answered("clear")] as const;
  expect(run(installation, ...reset, empty).effects).toEqual(["clear", "push"]);
  expect(run(installation, stale, refused("clear", "4.05"), stale).effects).toEqual(["clear", "push"]);
  const offered = [pulls, ...reset, stale, answered("offer")] as const;
  expect(run(installation, ...offered, stale).attempt.phase).toBe("confirming-delivery");
  // It gave way to another: when it comes back it is news.
  expect(run(installation, ...offered, read(1, 1), stale).attempt.failure).toEqual({ kind: "result", result: 53 });
  expect(run(installation, ...reset, stale, refused("push", "4.05"), stale).attempt.failure).toMatchObject({
    ...{ kind: "refused", operation: "push" },
  });
  // A success from before is none either: only Installed, after Delivered, with the version, counts.
  const installed = read(0, 2, { version: "" });
  expect(
    run(installation, installed, answered("clear"), installed, answered("push"), read(0, 2)).attempt,
  ).toMatchObject({ phase: "waiting-to-retry", failure: { kind: "not-delivered" } });
});

test.each([50, 53, 54, 56, 57, 58, 55, 60, 200])("result %i ends the change, with its number kept", (result) => {
  const { attempt } = run(installation, empty, answered("push"), read(0, result));
  expect(attempt).toMatchObject({ phase: "failed", failure: { kind: "result", result } });
});

test.each([51, 52])("result %i is tried again after a pause, three times in all", (result) => {
  const failing = read(0, result, { version: "" });
  const once = [empty, answered("push"), failing];
  const retried = run(installation, ...once, deadline, ...once);
  expect(retried.attempt).toMatchObject({ phase: "waiting-to-retry", tries: 3, failure: { kind: "result", result } });
  expect(softwareDeadline(retried.attempt)).toBe(40_000);
  expect(run(installation, ...once, deadline, ...once, deadline, ...once).attempt).toMatchObject({
    phase: "failed",
    tries: softwareTriesMax,
  });
});

test("results that the definition leaves open, below 50, are no failure", () => {
  expect(run(installation, empty, answered("push"), read(2, 17)).attempt.phase).toBe("confirming-delivery");
});

test("a push that was refused leaves the word to the light's own result", () => {
  const refusal = refused("push", "4.00");
  expect(run(installation, empty, refusal, read(0, 54)).attempt.failure).toEqual({ kind: "result", result: 54 });
  expect(run(installation, empty, refusal, read(0, 0)).attempt.failure).toEqual({
    ...{ kind: "refused", operation: "push", code: "4.00" },
  });
});

test("a light that loses power in the middle of the download is sent the package again", () => {
  const cut = run(installation, empty, registered);
  expect(cut.effects).toEqual(["push", "stop-push"]);
  expect(cut.attempt.phase).toBe("waiting-to-retry");
  const again = run(installation, empty, registered, silent("push"), deadline, empty, answered("push"), read(3, 3));
  expect(again.attempt).toMatchObject({ phase: "delivered", tries: 2 });
});

test("an installation that fails leaves the package delivered and says so by its result", () => {
  const { attempt } = run(installation, ...toInstalling, answered("install"), read(3, 3), read(3, 58));
  expect(attempt.failure).toEqual({ kind: "result", result: 58 });
});

test("another version than the expected one is no success", () => {
  const { attempt } = run(installation, ...toInstalling, answered("install"), read(4, 2));
  expect(attempt.failure).toEqual({ kind: "wrong-version", version: oldVersion });
});

test("an Execute without an answer is repeated once, after its time is over and a look shows that nothing happened", () => {
  const unanswered = [...toInstalling, silent("install")];
  expect(run(installation, ...unanswered, read(3, 3), { kind: "poll" }, read(3, 3)).effects).toEqual([
    "push",
    "install",
  ]);
  expect(softwareDeadline(run(installation, ...unanswered).attempt)).toBe(100_000);
  // It arrived after all.
  expect(run(installation, ...unanswered, deadline, read(4, 2, isNew)).effects).toEqual(["push", "install", "switch"]);
  const repeated = run(installation, ...unanswered, deadline, read(3, 3));
  expect(repeated.effects).toEqual(["push", "install", "install"]);
  expect(repeated.attempt.executes).toBe(softwareExecutesMax);
  const over = run(installation, ...unanswered, deadline, read(3, 3), silent("install"), read(3, 3), deadline);
  expect(over).toMatchObject({ attempt: { phase: "failed" }, effects: ["push", "install", "install"] });
});

test("an Execute that was answered is never repeated, however long its effect takes", () => {
  const { attempt, effects } = run(installation, ...toInstalling, answered("install"), read(3, 3), deadline);
  expect(effects).toEqual(["push", "install"]);
  expect(attempt.failure).toEqual({ kind: "not-done", step: "install" });
});

test("activating and deactivating: where it stands so already nothing is asked, and what is not installed cannot be", () => {
  const on = { kind: "activate" } as const;
  const off = { kind: "deactivate" } as const;
  expect(run(on, running)).toMatchObject({ attempt: { phase: "succeeded" }, effects: [] });
  expect(run(on, read(4, 2), answered("switch"), running).done).toEqual([{ kind: "switch", on: true }]);
  expect(run(off, running, answered("switch"), read(4, 2))).toMatchObject({
    attempt: { phase: "succeeded" },
    done: [{ kind: "switch", on: false }],
  });
  expect(run(on, empty).attempt.failure).toEqual({ kind: "nothing-installed" });
  expect(run(on, read(4, 2), refused("switch", "4.05"), read(4, 2)).attempt.failure).toMatchObject({ code: "4.05" });
  expect(run(on, read(4, 2), answered("switch"), read(4, 2), deadline).attempt.failure).toMatchObject({
    kind: "not-done",
  });
});

test("uninstalling: for good or for an update, confirmed by the state, or by the instance being gone", () => {
  const away = { kind: "uninstall", forUpdate: false } as const;
  expect(run(away, running, answered("uninstall"), empty)).toMatchObject({
    attempt: { phase: "succeeded" },
    done: [{ kind: "uninstall", forUpdate: false }],
  });
  expect(run({ ...away, forUpdate: true }, running).done).toEqual([{ kind: "uninstall", forUpdate: true }]);
  expect(run(away, running, answered("uninstall"), refused("read", "4.04")).attempt.phase).toBe("succeeded");
  expect(run(away, running, answered("uninstall"), read(4, 59)).attempt.failure).toEqual({
    kind: "result",
    result: 59,
  });
  expect(run(away, empty)).toMatchObject({ attempt: { phase: "succeeded" }, effects: [] });
  // Initial before and after proves nothing while the answer is missing and the version still stands there.
  const kept = read(0, 0);
  expect(run(away, kept, silent("uninstall"), kept).attempt.phase).toBe("confirming-uninstall");
  expect(run(away, kept, answered("uninstall"), kept).attempt.phase).toBe("succeeded");
});

test("a download that was cut off and cannot be thrown away begins anew; anything else that will not go is a failure", () => {
  const cut = read(1, 1, { version: "" });
  expect(run(installation, cut, refused("clear", "4.05"), cut).effects).toEqual(["clear", "push"]);
  expect(run(installation, running, refused("clear", "4.05"), running).attempt.failure).toMatchObject({
    ...{ kind: "refused", operation: "clear", code: "4.05" },
  });
});

test("a change is called back until something is executed, and leaves no package lying there", () => {
  const cancel = { kind: "cancel" } as const;
  expect(run(installation, empty, cancel)).toMatchObject({ attempt: { phase: "cancelled" } });
  expect(run(installation, empty, cancel).effects).toEqual(["push", "stop-push"]);
  expect(run(installation, ...toDelivered, cancel).done.at(-1)).toEqual({ kind: "clear", forUpdate: false });
  expect(run(installation, running, answered("clear"), read(0, 0), answered("push"), cancel).done.at(-1)).toEqual({
    ...{ kind: "clear", forUpdate: true },
  });
  expect(run(installation, ...toInstalling, cancel).attempt.phase).toBe("installing");
  expect(run({ kind: "activate" }, read(4, 2), cancel).attempt.phase).toBe("switching");
});

test("what a light cannot say is refused, not guessed at", () => {
  expect(run(installation, read(5, 0)).attempt.failure).toEqual({ kind: "malformed", what: "state", value: 5 });
  expect(run(installation, read(0, 201)).attempt.failure).toEqual({ kind: "malformed", what: "result", value: 201 });
  expect(run(installation, read(Number.NaN, 0)).attempt.phase).toBe("failed");
});

test("taken up after our restart it goes by what the light says, and repeats no Execute for that alone", () => {
  const stored = (...events: SoftwareEvent[]) => run(installation, ...events).attempt;
  const reading = (...given: Parameters<typeof read>) => read(...given) as unknown as SoftwareReading;
  const kinds = ({ effects }: SoftwareStep) => effects.map(({ kind }) => kind);
  // Block1 cannot go on in the middle.
  expect(kinds(resumeSoftware(stored(empty), reading(1, 1, { version: "" })))).toEqual(["clear"]);
  expect(resumeSoftware(stored(empty), reading(3, 3)).attempt.phase).toBe("delivered");
  expect(kinds(resumeSoftware(stored(pulls, empty, answered("offer")), reading(0, 0)))).toEqual(["offer"]);
  expect(resumeSoftware(stored(pulls, empty, answered("offer")), reading(1, 1)).attempt.phase).toBe(
    "confirming-delivery",
  );
  const installing = resumeSoftware(stored(...toInstalling), reading(3, 3));
  expect(kinds(installing)).toEqual([]);
  expect(installing.attempt).toMatchObject({ phase: "confirming-install", isUnanswered: true });
  expect(kinds(resumeSoftware(stored(...toInstalling), reading(4, 2, isNew)))).toEqual(["switch"]);
  expect(resumeSoftware(stored(...toDelivered), reading(3, 3)).attempt.phase).toBe("delivered");
});

// ── Everything against everything ────────────────────────────────────────────────────────────────────────────────

const operations = ["create", "read", "clear", "push", "offer", "install", "switch", "uninstall"] as const;
const anyEvent: fc.Arbitrary<SoftwareEvent> = fc.oneof(
  fc.record({
    kind: fc.constant("read" as const),
    state: fc.integer({ min: 0, max: 5 }),
    result: fc.constantFrom(0, 1, 2, 3, 17, 50, 51, 52, 53, 54, 56, 57, 58, 59, 77, 201),
    name: fc.constant("Driver"),
    version: fc.constantFrom("", oldVersion, newVersion),
    isActive: fc.boolean(),
  }),
  fc.constantFrom<SoftwareEvent[]>(
    ...(["notified", "poll", "registered", "install", "cancel", "deadline", "delivery-stopped"] as const).map(
      (kind) => ({ kind }),
    ),
    { kind: "delivery-chosen", delivery: "push" },
    pulls,
    { kind: "undeliverable", why: "It speaks nothing." },
  ),
  fc.constantFrom(...operations).map((operation) => ({ kind: "timed-out" as const, operation })),
  fc
    .tuple(fc.constantFrom(...operations), fc.constantFrom("4.04", "4.05", "5.03"))
    .map(([operation, code]) => ({ kind: "refused" as const, operation, code })),
  fc
    .constantFrom(...operations.filter((each) => each !== "read"))
    .map((operation) => ({ kind: "answered" as const, operation })),
);

test("whatever happens in whatever order, Install follows an order and a reading of Delivered, and executes are bounded", () => {
  fc.assert(
    fc.property(fc.constantFrom(...wishes), fc.array(anyEvent, { maxLength: 60 }), (wish, events) => {
      let step = beginSoftware(wish);
      let isOrdered = false;
      let installs = 0;
      for (const event of events) {
        const { phase } = step.attempt;
        step = nextSoftware(step.attempt, event);
        isOrdered ||= event.kind === "install" && phase === "delivered";
        expect(softwarePhases).toContain(step.attempt.phase);
        expect(step.attempt.tries).toBeLessThanOrEqual(softwareTriesMax);
        expect(step.attempt.executes ?? 0).toBeLessThanOrEqual(softwareExecutesMax);
        if (isSoftwareOver(phase)) expect(step).toEqual({ attempt: step.attempt, effects: [] });
        if (step.effects.some(({ kind }) => kind === "install")) {
          installs++;
          expect(isOrdered).toBe(true);
          expect(event).toMatchObject({ kind: "read", state: 3 });
        }
      }
      expect(installs).toBeLessThanOrEqual(softwareTriesMax * softwareExecutesMax);
    }),
    { numRuns: 1_000 },
  );
});

test("from every phase, deadlines alone come to an end", () => {
  for (const phase of softwarePhases) {
    let attempt: SoftwareAttempt = {
      wish: installation,
      phase,
      tries: 1,
      isUnanswered: phase.startsWith("confirming"),
    };
    for (let at = 0; at < 20 && !isSoftwareOver(attempt.phase); at++) {
      attempt = nextSoftware(attempt, deadline).attempt;
      if (attempt.phase === "examining") attempt = nextSoftware(attempt, silent("read")).attempt;
    }
    expect(`${phase} → ${isSoftwareOver(attempt.phase)}`).toBe(`${phase} → true`);
    expect(softwareDeadline({ wish: installation, phase, tries: 2 }) === undefined).toBe(isSoftwareOver(phase));
  }
});

test("after our restart every stored phase has an answer to every state and result", () => {
  fc.assert(
    fc.property(fc.constantFrom(...wishes), fc.array(anyEvent, { maxLength: 30 }), anyEvent, (wish, events, event) => {
      const { attempt } = events.reduce((step, each) => nextSoftware(step.attempt, each), beginSoftware(wish));
      if (event.kind !== "read") return;
      const kinds = resumeSoftware(attempt, event).effects.map(({ kind }) => kind);
      if (attempt.phase === "installing" || attempt.phase === "confirming-install") {
        expect(attempt.isLookingToRepeat ? [] : kinds).not.toContain("install");
      }
    }),
  );
});

test("every result has a sentence, and only what may pass is tried again", () => {
  for (let result = 0; result <= 200; result++) expect(softwareResult(result).meaning).toMatch(/\.$/);
  expect(isSoftwareRetryable({ kind: "unreachable", operation: "push" })).toBe(true);
  expect(isSoftwareRetryable({ kind: "unreachable", operation: "install" })).toBe(false);
  expect(isSoftwareRetryable({ kind: "result", result: 53 })).toBe(false);
});

test("what may be called back is said by one table", () => {
  const yes = softwarePhases.filter((phase) => isSoftwareCancellable({ phase }));
  for (const phase of softwarePhases) {
    const { attempt } = nextSoftware({ wish: installation, phase, tries: 1 }, { kind: "cancel" });
    expect(attempt.phase === "cancelled").toBe(yes.includes(phase) || phase === "cancelled");
  }
});
