import type { Device } from "@lamplighter/db/generated/client";
import type { QueuedOperation } from "@lamplighter/lwm2m/queue/queued-request";
import type { QueueRefusal } from "@lamplighter/lwm2m/queue/request-queue";
import type { SignedIn } from "../context.ts";
import { recordEvent } from "../event/record.ts";
import { Problem, type ProblemReason } from "../problem.ts";
import type { OperationView } from "../views.ts";
import { expiryOf, type WhenAsleep } from "./when-asleep.ts";

/** An operation that may wait for its light to wake. */
export interface Later {
  readonly verb: string;
  readonly path: string;
  readonly when: WhenAsleep;
  readonly operation: QueuedOperation;
}

const reasons: Readonly<Record<QueueRefusal, ProblemReason>> = {
  "not-registered": "not-registered",
  pending: "wrong-state",
  "not-queue-mode": "wrong-state",
  full: "too-many",
  "too-large": "too-large",
  "no-room": "too-many",
  "not-stored": "our-bug",
};

/** Whether a request has to wait: its light sleeps, or others wait for it already and keep their order. */
export function mustQueue({ lights }: Pick<SignedIn, "lights">, endpoint: string, { whenAsleep }: WhenAsleep): boolean {
  if (whenAsleep !== "queue" || !lights.find(endpoint)?.queueMode) return false;
  return !lights.isAwake(endpoint) || lights.queue.waiting(endpoint) > 0;
}

/** Puts a request into the queue of a light, and writes down who asked. */
export async function queueOperation(ctx: SignedIn, device: Device, later: Later): Promise<OperationView> {
  const { actor, lights } = ctx;
  const { verb, path, operation, when } = later;
  const queued = await lights.queue.ask(device.endpoint, operation, { by: actor.id, ...expiryOf(when) });
  if (queued.kind === "refused") {
    throw new Problem(reasons[queued.reason], `This was not queued: ${queued.why}`);
  }
  const { id, expiresAt } = queued.request;
  await recordEvent(ctx, {
    actor: actor.id,
    kind: "queue.asked",
    deviceId: device.id,
    message: `${verb} ${path} on ${device.endpoint}: waits until the light wakes.`,
  });
  return { kind: "queued", id, expiresAt: new Date(expiresAt).toISOString() };
}
