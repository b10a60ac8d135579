import type { Device } from "@lamplighter/db/generated/client";
import type { OperationOutcome } from "@lamplighter/lwm2m/operation-outcome";
import type { QueuedOperation } from "@lamplighter/lwm2m/queue/queued-request";
import { holdsSecrets } from "@lamplighter/lwm2m/trace/secrets";
import type { SignedIn } from "../context.ts";
import { recordEvent } from "../event/record.ts";
import { activeJobs, visibleDevice } from "../inventory/device-view.ts";
import { Problem } from "../problem.ts";
import type { OperationView, ReadingView } from "../views.ts";
import { visibleTo } from "../visible-to.ts";
import { mustQueue, queueOperation } from "./queued.ts";
import type { WhenAsleep } from "./when-asleep.ts";

const firmwareUpdateObject = 5;
const softwareObject = 9;

export interface ByHand<Value> {
  readonly deviceId: string;
  /** `Read`, `Write`: as the specification calls it. */
  readonly verb: string;
  readonly path: string;
  /** The objects that it is about. */
  readonly objects: readonly number[];
  /** True when it may disturb what a campaign does on the light. */
  readonly changes: boolean;
  readonly run: (endpoint: string) => Promise<OperationOutcome<Value>>;
  /** What to do when the light sleeps, and the same operation as it can be kept. Without it nothing is queued. */
  readonly later?: { readonly when: WhenAsleep; readonly operation: (endpoint: string) => QueuedOperation };
  /** What was read or written, for the answer. */
  readonly shown?: (
    value: Value,
    at: Date,
    device: Device,
  ) => Promise<{ readings?: readonly ReadingView[]; text?: string }>;
}

/**
 * Runs one operation that a person asked for, and writes down who did it and how it went.
 *
 * What a campaign or a software change drives is left alone: while one is active on the light, its Firmware Update or its
 * Software Management object may be looked at but not touched.
 */
export async function operateByHand<Value>(ctx: SignedIn, operation: ByHand<Value>): Promise<OperationView> {
  const { db, clock, actor } = ctx;
  const device = await visibleDevice(db, visibleTo(actor).devices, operation.deviceId);
  if (operation.changes && operation.objects.includes(firmwareUpdateObject)) {
    const job = (await activeJobs(db, [device.id])).get(device.id);
    if (job) {
      throw new Problem(
        "active-job",
        `Campaign "${job.campaignName}" is updating this light. Wait for it, or cancel the campaign first.`,
      );
    }
  }
  if (operation.changes && operation.objects.includes(softwareObject)) {
    const task = await db.softwareTask.findFirst({ where: { deviceId: device.id, endedAt: null } });
    if (task) {
      throw new Problem(
        "active-job",
        "A change of this light's software is under way. Wait for it, or call it back on the Software tab first.",
      );
    }
  }
  const { verb, path, later } = operation;
  if (later && mustQueue(ctx, device.endpoint, later.when)) {
    if (operation.changes && operation.objects.includes(firmwareUpdateObject)) {
      throw new Problem(
        "active-job",
        "A change of the Firmware Update object cannot wait: a campaign may be updating the light by then. Use a campaign.",
      );
    }
    // The queue is stored as it is, and a key stands nowhere unsealed (OMA TS Core 1.1 §E.1: only a bootstrap writes one).
    if (operation.changes && operation.objects.some(holdsSecrets)) {
      throw new Problem(
        "wrong-state",
        "What may hold a key is not kept until the light wakes. Ask while it is awake, or give it a new key on its Security tab.",
      );
    }
    return queueOperation(ctx, device, { verb, path, when: later.when, operation: later.operation(device.endpoint) });
  }
  const outcome = await operation.run(device.endpoint);
  const view = await viewOf(outcome, operation, clock.now(), device);
  await recordEvent(ctx, {
    actor: actor.id,
    kind: `operation.${operation.verb.toLowerCase().replaceAll(" ", "-")}`,
    deviceId: device.id,
    message: `${operation.verb} ${operation.path} on ${device.endpoint}: ${
      view.kind === "ok" ? `done in ${view.milliseconds} ms` : view.message
    }`,
  });
  return view;
}

async function viewOf<Value>(
  outcome: OperationOutcome<Value>,
  operation: ByHand<Value>,
  at: Date,
  device: Device,
): Promise<Exclude<OperationView, { kind: "queued" }>> {
  if (outcome.kind !== "ok") {
    return {
      kind: "failed",
      code: outcome.kind === "error" ? outcome.code : outcome.kind,
      message: sentenceOf(outcome),
    };
  }
  const shown = (await operation.shown?.(outcome.value, at, device)) ?? {};
  return { kind: "ok", milliseconds: Math.round(outcome.roundTrip), readings: [], ...shown };
}

/** What a failed operation means, in a sentence. */
function sentenceOf(outcome: Exclude<OperationOutcome<unknown>, { kind: "ok" }>): string {
  switch (outcome.kind) {
    case "error":
      return `The light answered ${outcome.code}${outcome.message ? `: ${outcome.message}` : "."}`;
    case "timed-out":
      return "The light did not answer in time. It may be without power or out of reach; try again later.";
    case "not-registered":
      return "The light is not registered now, so it cannot be reached. Wait until it registers.";
    case "pending":
      return "The light waits for a person to accept it. Accept it first.";
    case "cancelled":
      return "The operation was stopped.";
    case "invalid":
      return `This was not sent: ${outcome.why}`;
    case "malformed":
      return `The light's answer cannot be read: ${outcome.why}`;
    case "unreachable":
      return `The light cannot be reached: ${outcome.why}`;
  }
}
