import { DeviceModels } from "@lamplighter/lwm2m/object-version";
import type { Watching } from "@lamplighter/lwm2m/trace/trace-recorder";
import type { Cancel, Clock } from "@lamplighter/runtime/clock";
import { milliseconds } from "@lamplighter/runtime/duration";
import { z } from "zod";
import { id } from "../input/text.ts";
import { visibleDevice } from "../inventory/device-view.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import { visibleTo } from "../visible-to.ts";
import { type TraceView, traceView } from "./view.ts";

/** Changes are gathered this long and told together. */
const gatherFor = milliseconds(250);
/** Exchanges told at once; the others follow. Taking payloads apart must not hold the engine up. */
const toldMax = 50;

/** What is said with one light, as it is said: first what was recorded before, then each exchange that is new or went on. */
export const watchTrace = needs("device.trace")
  .input(z.object({ deviceId: id }))
  .subscription(async function* ({ ctx, input, signal }): AsyncGenerator<readonly TraceView[], void, undefined> {
    const { db, actor, connection, trace, lights, models, clock } = ctx;
    const { endpoint } = await visibleDevice(db, visibleTo(actor).devices, input.deviceId);
    const watching = trace.watch(endpoint);
    if (!watching) throw new Problem("too-many", "Too many lights are being traced. Close another trace first.");
    const ended = signal ?? new AbortController().signal;
    const known = new DeviceModels(models);
    try {
      // At once, and empty if need be: whoever looks learns that it is being recorded.
      let told = -1;
      while (!ended.aborted) {
        const { record } = watching;
        const hasRoom = connection?.hasRoom() ?? true;
        if (hasRoom && record.revision > told) {
          const changed = record.since(told).sort((a, b) => a.revision - b.revision);
          const now = changed.slice(0, toldMax);
          told = now.length < changed.length ? (now.at(-1)?.revision ?? told) : record.revision;
          const registration = lights.find(endpoint);
          const modelOf = (object: number) => (registration ? known.find(registration, object) : models.find(object));
          yield now.map((exchange) => traceView(exchange, { modelOf, rootPath: registration?.rootPath ?? [] }));
          await pause(clock, ended);
        } else await changeOf(watching, { after: told, hasRoom, clock, signal: ended });
      }
    } finally {
      watching.stop();
    }
  });

/** Waits until the record moves on, or for a moment when the tab has no room. */
function changeOf(
  watching: Watching,
  { after, hasRoom, clock, signal }: { after: number; hasRoom: boolean; clock: Clock; signal: AbortSignal },
): Promise<void> {
  if (!hasRoom) return pause(clock, signal);
  return new Promise((resolve) => {
    const wake = () => {
      forget();
      signal.removeEventListener("abort", wake);
      resolve();
    };
    const forget = watching.onChange(() => watching.record.revision > after && wake());
    signal.addEventListener("abort", wake);
    if (signal.aborted || watching.record.revision > after) wake();
  });
}

function pause(clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      cancel();
      signal.removeEventListener("abort", wake);
      resolve();
    };
    const cancel: Cancel = clock.after(gatherFor, wake);
    signal.addEventListener("abort", wake);
    if (signal.aborted) wake();
  });
}
