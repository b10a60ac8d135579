import { formatCode, isSuccess, NOT_ACCEPTABLE, UNSUPPORTED_CONTENT_FORMAT } from "@lamplighter/coap/code";
import { malformedFrom } from "../malformed-input.ts";
import type { BootstrapConfiguration, BootstrapFormat } from "./configuration.ts";
import { type DiscoveredAccounts, readDiscovered } from "./discovered.ts";
import { type BootstrapOperation, type BootstrapWrite, planBootstrap } from "./plan.ts";
import { differences } from "./verify.ts";

/**
 * Where one bootstrap of one device stands.
 *
 * `answering`: our 2.04 has not left yet, and nothing may be sent before it has (OMA TS Core 1.1 §6.1.7.1).
 */
export interface BootstrapSession {
  readonly phase: "answering" | "discovering" | "configuring" | "ended";
  readonly configuration: BootstrapConfiguration;
  readonly format: BootstrapFormat;
  /** What was sent and is not answered yet. */
  readonly current?:
    | { readonly operation: BootstrapOperation; readonly tries: number; readonly startedAt: number }
    | undefined;
  readonly ahead: readonly BootstrapOperation[];
  /** What the device has taken, to be compared with what it then reads out. */
  readonly written: readonly BootstrapWrite[];
  readonly refusedWrites: number;
  readonly steps: readonly BootstrapStep[];
  readonly outcome?: BootstrapOutcome;
}

/** One thing that was asked of the device, for the history. Never holds a value of object 0. Times are epoch milliseconds. */
export interface BootstrapStep {
  readonly operation: BootstrapOperation["kind"];
  readonly path: string;
  readonly startedAt: number;
  readonly endedAt: number;
  /** `2.04`; absent when the device did not answer. */
  readonly code?: string | undefined;
  readonly note?: string | undefined;
}

/** How a bootstrap ended. */
export type BootstrapOutcome =
  /** The device took everything and was told that it is finished. */
  | "finished"
  /** It was told so, but had refused some of what was written. */
  | "finished-in-part"
  /** The device says that what it holds does not fit together (4.06 to the Finish). */
  | "inconsistent"
  /** It answered the Finish with another error. */
  | "finish-refused"
  | "silent"
  /** The device gives up after this long, so we do too. */
  | "too-late"
  /** The same device asked again; the newest request counts. */
  | "replaced"
  | "stopped";

/** How the device answered, as far as it did. */
export type BootstrapAnswer =
  | {
      readonly kind: "response";
      readonly code: number;
      readonly payload: Uint8Array;
      readonly contentFormat?: number | undefined;
    }
  | { readonly kind: "silent" }
  /** It rejected the message, or the answer broke the protocol. */
  | { readonly kind: "failed"; readonly why: string };

export type BootstrapEvent =
  /** Our answer to the request left. */
  | { readonly kind: "answered" }
  | { readonly kind: "answer"; readonly answer: BootstrapAnswer }
  | { readonly kind: "deadline" }
  | { readonly kind: "replaced" }
  | { readonly kind: "stopped" };

/** What is to be done: send an operation (in `format`, where it writes). The end is told by the phase. */
export interface BootstrapEffect {
  readonly kind: "send";
  readonly operation: BootstrapOperation;
  readonly format: BootstrapFormat;
}

export interface BootstrapTurn {
  readonly session: BootstrapSession;
  readonly effects: readonly BootstrapEffect[];
}

/** How often an operation is sent, each time as a new message: some clients drop what looks like a repetition. All of them may be repeated. */
export const triesMax = 2;

/** Begins a session; `format` is the one to write in. */
export function beginBootstrap(configuration: BootstrapConfiguration, format: BootstrapFormat): BootstrapSession {
  return { phase: "answering", configuration, format, ahead: [], written: [], refusedWrites: 0, steps: [] };
}

/**
 * Carries a bootstrap on: Discover, Delete, Write, Read, Finish (OMA TS Core 1.1 §6.1). `at` is epoch milliseconds.
 *
 * A refused Discover, Delete, Write or Read is noted, and the bootstrap goes on: whether the device can live with what it
 * holds is its own to say, and it says so to the Finish.
 */
export function nextBootstrap(session: BootstrapSession, event: BootstrapEvent, at: number): BootstrapTurn {
  if (session.phase === "ended") return { session, effects: [] };
  switch (event.kind) {
    case "answered":
      if (session.phase !== "answering") return { session, effects: [] };
      return send({ ...session, phase: "discovering" }, { kind: "discover", path: "/" }, at);
    case "answer":
      return session.current ? take(session, event.answer, at) : { session, effects: [] };
    case "deadline":
      return end(noted(session, { at, note: "Not answered before the time was over." }), "too-late");
    case "replaced":
      return end(noted(session, { at, note: "The device asked anew." }), "replaced");
    case "stopped":
      return end(noted(session, { at, note: "The server was stopped." }), "stopped");
  }
}

function take(session: BootstrapSession, answer: BootstrapAnswer, at: number): BootstrapTurn {
  const { operation, tries } = session.current!;
  if (answer.kind === "silent" && tries < triesMax) {
    const current = { ...session.current!, tries: tries + 1 };
    return { session: { ...session, current }, effects: [{ kind: "send", operation, format: session.format }] };
  }
  const code = answer.kind === "response" ? answer.code : undefined;
  switch (operation.kind) {
    case "discover":
      return takeDiscovered(session, answer, at);
    case "delete":
      if (answer.kind === "silent") return end(noted(session, { at, note: noAnswer }), "silent");
      return proceed(noted(session, { at, code, note: goesOn(answer) }), at);
    case "write":
      return takeWritten(session, { operation, answer, at });
    case "read":
      return takeRead(session, { object: operation.object, answer, at });
    case "finish":
      return takeFinished(session, answer, at);
  }
}

function takeDiscovered(session: BootstrapSession, answer: BootstrapAnswer, at: number): BootstrapTurn {
  if (answer.kind === "response" && isSuccess(answer.code)) {
    try {
      const found = readDiscovered(answer.payload);
      const note =
        found.bootstrapInstance === undefined
          ? "It does not tell which account is its bootstrap server's."
          : `Its bootstrap account is /0/${found.bootstrapInstance}.`;
      return configure(noted(session, { at, code: answer.code, note }), found, at);
    } catch (error) {
      return undiscovered(noted(session, { at, code: answer.code, note: malformedFrom(error).message }), answer, at);
    }
  }
  const code = answer.kind === "response" ? answer.code : undefined;
  return undiscovered(noted(session, { at, code, note: goesOn(answer) ?? noAnswer }), answer, at);
}

/** Asks for less, then goes on without knowing. A device that is silent is not asked the like again: time is short. */
function undiscovered(session: BootstrapSession, answer: BootstrapAnswer, at: number): BootstrapTurn {
  const asked = session.steps.filter(({ operation }) => operation === "discover").length;
  if (answer.kind === "response" && asked < 2) return send(session, { kind: "discover", path: "/0" }, at);
  return configure(session, undefined, at);
}

function configure(session: BootstrapSession, discovered: DiscoveredAccounts | undefined, at: number): BootstrapTurn {
  const ahead = planBootstrap(session.configuration, discovered);
  return proceed({ ...session, phase: "configuring", ahead }, at);
}

function takeWritten(
  session: BootstrapSession,
  {
    operation,
    answer,
    at,
  }: { readonly operation: BootstrapWrite; readonly answer: BootstrapAnswer; readonly at: number },
): BootstrapTurn {
  if (answer.kind === "silent") return end(noted(session, { at, note: noAnswer }), "silent");
  const code = answer.kind === "response" ? answer.code : undefined;
  if (code !== undefined && isSuccess(code)) {
    return proceed({ ...noted(session, { at, code }), written: [...session.written, operation] }, at);
  }
  // TLV is the format that every device reads.
  if ((code === UNSUPPORTED_CONTENT_FORMAT || code === NOT_ACCEPTABLE) && session.format !== "tlv") {
    const note = `It does not read ${session.format}; from here on TLV is written.`;
    return send({ ...noted(session, { at, code, note }), format: "tlv" }, operation, at);
  }
  const refused = noted(session, { at, code, note: goesOn(answer) });
  return proceed({ ...refused, refusedWrites: session.refusedWrites + 1 }, at);
}

function takeRead(
  session: BootstrapSession,
  { object, answer, at }: { readonly object: 1 | 2; readonly answer: BootstrapAnswer; readonly at: number },
): BootstrapTurn {
  if (answer.kind === "silent") {
    const ahead = session.ahead.filter(({ kind }) => kind !== "read");
    return proceed({ ...noted(session, { at, note: noAnswer }), ahead }, at);
  }
  if (answer.kind === "failed" || !isSuccess(answer.code)) {
    const code = answer.kind === "response" ? answer.code : undefined;
    return proceed(noted(session, { at, code, note: goesOn(answer) }), at);
  }
  const written = session.written.filter((write) => write.object === object);
  const found = differences(object, written, answer);
  const note = found.length === 0 ? "It holds what was written." : found.join(" ");
  return proceed(noted(session, { at, code: answer.code, note }), at);
}

function takeFinished(session: BootstrapSession, answer: BootstrapAnswer, at: number): BootstrapTurn {
  if (answer.kind === "silent") return end(noted(session, { at, note: noAnswer }), "silent");
  if (answer.kind === "failed") return end(noted(session, { at, note: answer.why }), "finish-refused");
  const { code } = answer;
  if (isSuccess(code)) {
    return end(noted(session, { at, code }), session.refusedWrites > 0 ? "finished-in-part" : "finished");
  }
  if (code !== NOT_ACCEPTABLE) return end(noted(session, { at, code }), "finish-refused");
  return end(
    noted(session, { at, code, note: "The device says that its accounts do not fit together." }),
    "inconsistent",
  );
}

function proceed(session: BootstrapSession, at: number): BootstrapTurn {
  const [operation, ...ahead] = session.ahead;
  return operation ? send({ ...session, ahead }, operation, at) : end(session, "finished");
}

function send(session: BootstrapSession, operation: BootstrapOperation, at: number): BootstrapTurn {
  return {
    session: { ...session, current: { operation, tries: 1, startedAt: at } },
    effects: [{ kind: "send", operation, format: session.format }],
  };
}

function end(session: BootstrapSession, outcome: BootstrapOutcome): BootstrapTurn {
  return { session: { ...session, phase: "ended", current: undefined, ahead: [], outcome }, effects: [] };
}

/** Closes the current operation with a step of the history. */
function noted(
  session: BootstrapSession,
  { at, code, note }: { readonly at: number; readonly code?: number | undefined; readonly note?: string | undefined },
): BootstrapSession {
  const { current } = session;
  if (!current) return session;
  const step: BootstrapStep = {
    operation: current.operation.kind,
    path: pathOf(current.operation),
    startedAt: current.startedAt,
    endedAt: at,
    ...(code !== undefined && { code: formatCode(code) }),
    ...(note !== undefined && { note }),
  };
  return { ...session, current: undefined, steps: [...session.steps, step] };
}

/** The path that an operation is sent to. */
export function pathOf(operation: BootstrapOperation): string {
  switch (operation.kind) {
    case "discover":
    case "delete":
      return operation.path;
    case "write":
      return `/${operation.object}/${operation.node.instance}`;
    case "read":
      return `/${operation.object}`;
    case "finish":
      return "/bs";
  }
}

const noAnswer = "The device did not answer.";

function goesOn(answer: BootstrapAnswer): string | undefined {
  if (answer.kind === "failed") return `${answer.why} The bootstrap goes on.`;
  if (answer.kind === "response" && !isSuccess(answer.code)) return "The device refused this; the bootstrap goes on.";
  return undefined;
}
