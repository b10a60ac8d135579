import type { Registration } from "@lamplighter/lwm2m/registration";
import type { ServerEvent } from "@lamplighter/lwm2m/server-event";
import type { Clock } from "@lamplighter/runtime/clock";
import { minutes } from "@lamplighter/runtime/duration";
import { readingsOf } from "../operation/wire.ts";
import type { EnrolmentGate } from "./enrolment-gate.ts";
import type { InventoryWriter } from "./writer.ts";

/** A light that is refused tries again and again: it is told of once in this time. */
const refusalToldEvery = minutes(10);
/** Refused endpoints remembered for that. Beyond, the one told of longest ago may be told again. */
const refusalsMax = 10_000;

/** Brings what the LwM2M server tells into the inventory: presence, values, and what a person should hear of. */
export function engineListener(options: {
  readonly writer: InventoryWriter;
  readonly clock: Clock;
  readonly enrolment: EnrolmentGate;
  /** Called for a light that should be asked about itself. */
  readonly interview: (registration: Registration) => void;
  /** An address as people know it: of a light behind DTLS the engine knows the connection only. */
  readonly shown?: (address: string) => string;
}): (event: ServerEvent) => void {
  const { writer, clock, enrolment, interview, shown = (address) => address } = options;
  const readable = (text: string) => text.replace(/dtls:[0-9a-f]+/g, shown);
  const refusals = new Map<string, number>();

  function isNews(endpoint: string, why: string): boolean {
    const key = `${endpoint}\n${why}`;
    const now = clock.monotonic();
    const told = refusals.get(key);
    if (told !== undefined && now - told < refusalToldEvery) return false;
    refusals.delete(key);
    refusals.set(key, now);
    const oldest = refusals.keys().next();
    if (refusals.size > refusalsMax && !oldest.done) refusals.delete(oldest.value);
    return true;
  }

  function seen(registration: Registration, create: boolean): void {
    const { endpoint, pending, queueMode, lastSeenAt, registeredAt } = registration;
    if (!pending) enrolment.know(endpoint);
    const patch = { queueMode, lastSeenAt: new Date(lastSeenAt), registeredAt: new Date(registeredAt) };
    writer.patch(endpoint, { presence: pending ? "pending" : "online", ...patch }, create);
  }

  return (event) => {
    const at = clock.now();
    switch (event.kind) {
      case "registered": {
        const { registration, replaced } = event;
        const { endpoint, address, lifetimeSeconds, pending } = registration;
        seen(registration, true);
        const verb = pending ? "asks to be let in" : replaced ? "registered again" : "registered";
        const message = `${endpoint} ${verb} from ${shown(address)} with a lifetime of ${lifetimeSeconds} s.`;
        writer.event({ endpoint, kind: pending ? "device.pending" : "device.registered", message, at });
        if (!pending) interview(registration);
        return;
      }
      case "updated":
        seen(event.registration, true);
        if (event.changed.includes("objects") && !event.registration.pending) interview(event.registration);
        return;
      case "deregistered":
      case "expired": {
        const { endpoint, pending } = event.registration;
        if (!pending) writer.patch(endpoint, { presence: "offline" });
        const message =
          event.kind === "expired"
            ? `${endpoint} was not heard of for its whole lifetime; it counts as offline.`
            : `${endpoint} de-registered.`;
        writer.event({ endpoint, kind: `device.${event.kind}`, message, at });
        return;
      }
      case "refused": {
        const { endpoint, address, code, why } = event;
        if (!isNews(endpoint, readable(why))) return;
        const who = endpoint || "a device without a name";
        const message = `Refused ${who} from ${shown(address)} with ${code}: ${readable(why)}`;
        writer.event({ endpoint, kind: "device.refused", message, at });
        return;
      }
      case "value": {
        const { endpoint, path, node, source } = event;
        // When it was so is what the light says; that we heard of it just now is what we know.
        const readAt = new Date(event.at);
        for (const reading of readingsOf(node, path)) writer.reading({ endpoint, ...reading, source, at: readAt });
        writer.patch(endpoint, { presence: "online", lastSeenAt: at });
        return;
      }
      case "queue":
      case "observation-ended":
        // The queue has a listener of its own. The server asks again by itself for what is desired; a person sees on the screen what is observed.
        return;
    }
  };
}
