import { BAD_REQUEST, FORBIDDEN } from "@lamplighter/coap/code";
import type { Address } from "@lamplighter/runtime/datagram";
import { speaksFor } from "./identity.ts";
import type { Registration } from "./registration.ts";
import type { Refusal, RegisterRequest, UpdateRequest } from "./registration-request.ts";
import type { RegistrationChange } from "./server-event.ts";

/** What to do with a Register. */
export type RegisterDecision =
  | { readonly kind: "accept"; readonly registration: Registration; readonly replaced: boolean }
  | ({ readonly kind: "refuse" } & Refusal);

/** What an Update makes of a registration. A mere refresh changes nothing but the times, and need not be safe at once. */
export interface UpdateDecision {
  readonly registration: Registration;
  readonly changed: readonly RegistrationChange[];
  readonly mustSave: boolean;
}

/** The server account of a server that was given none. */
export const defaultAccount = "default";

/**
 * Decides a Register (OMA TS Core 1.1 §6.2.1).
 *
 * A living registration of the same endpoint is replaced, with a fresh id; but only for the identity that holds it
 * (see {@link speaksFor}): for another one it is refused with 4.03 rather than 4.00, since the request itself is in
 * order, and the endpoint becomes free when the registration expires. An endpoint once accepted stays accepted; of any
 * other the enrolment policy is asked. Credentials of another endpoint are 4.00.
 */
export function decideRegister(situation: {
  readonly request: RegisterRequest;
  readonly address: Address;
  /** The endpoint whose credentials the peer proved to have, if it did. */
  readonly authenticated?: string | undefined;
  readonly account?: string;
  readonly id: string;
  readonly now: number;
  /** The living registration of this endpoint, or the one about to be. */
  readonly current: Registration | undefined;
  readonly enrol: () => "accept" | "pending" | "refuse";
}): RegisterDecision {
  const { request, address, authenticated, account = defaultAccount, id, now, current } = situation;
  if (authenticated !== undefined && authenticated !== request.endpoint) {
    const why = `The credentials of ${authenticated || "nobody any more"} were used for ${request.endpoint}.`;
    return { kind: "refuse", code: BAD_REQUEST, why, offence: "wrong-name" };
  }
  if (current && !speaksFor({ address, authenticated }, current)) {
    const why = `${request.endpoint} is registered from ${current.address}; ${address} may not take it over while that registration lives.`;
    const isClear = current.authenticated && authenticated === undefined;
    return { kind: "refuse", code: FORBIDDEN, why, ...(isClear && { offence: "clear" as const }) };
  }
  const enrolment = current && !current.pending ? "accept" : situation.enrol();
  if (enrolment === "refuse") {
    return { kind: "refuse", code: FORBIDDEN, why: `${request.endpoint} is not enrolled, and enrolment is closed.` };
  }
  const { announced, ...said } = request;
  const registration: Registration = {
    ...said,
    id,
    account,
    address,
    ...(authenticated !== undefined && { authenticated: true as const }),
    rootPath: announced.rootPath ?? [],
    objects: announced.objects,
    contentFormats: announced.contentFormats ?? [],
    registeredAt: now,
    lastSeenAt: now,
    expiresAt: expiryOf(request.lifetimeSeconds, now),
    pending: enrolment === "pending",
  };
  return { kind: "accept", registration, replaced: current !== undefined };
}

/**
 * Decides an Update (OMA TS Core 1.1 §6.2.2): what it gives replaces, what it leaves out stays, and an object list is
 * complete. Saying again what is known already is a mere refresh.
 */
export function decideUpdate(
  current: Registration,
  { announced, attributes, ...said }: UpdateRequest,
  { address, now }: { readonly address: Address; readonly now: number },
): UpdateDecision {
  const lifetimeSeconds = said.lifetimeSeconds ?? current.lifetimeSeconds;
  const times = { lastSeenAt: now, expiresAt: expiryOf(lifetimeSeconds, now) };
  const registration: Registration = {
    ...current,
    ...said,
    ...announced,
    ...times,
    address,
    attributes: isEmpty(attributes) ? current.attributes : { ...current.attributes, ...attributes },
  };
  const changed: RegistrationChange[] = [];
  if (address !== current.address) changed.push("address");
  if (lifetimeSeconds !== current.lifetimeSeconds) changed.push("lifetime");
  if (
    registration.binding !== current.binding ||
    registration.queueMode !== current.queueMode ||
    registration.smsNumber !== current.smsNumber
  ) {
    changed.push("binding");
  }
  if (announced && !sameObjects(registration, current)) changed.push("objects");
  const attributesChanged =
    registration.attributes !== current.attributes &&
    JSON.stringify(registration.attributes) !== JSON.stringify(current.attributes);
  if (announced && !changed.includes("objects")) {
    // The lists that it has already, which it may share with others.
    const { rootPath, contentFormats, objects } = current;
    return {
      registration: { ...registration, rootPath, contentFormats, objects },
      changed,
      mustSave: changed.length > 0 || attributesChanged,
    };
  }
  return { registration, changed, mustSave: changed.length > 0 || attributesChanged };
}

/** When a lifetime that starts now is over; 0 means never (OMA TS Core 1.1 §6.2.1). */
export function expiryOf(lifetimeSeconds: number, now: number): number {
  return lifetimeSeconds === 0 ? Number.POSITIVE_INFINITY : now + lifetimeSeconds * 1_000;
}

function sameObjects(a: Registration, b: Registration): boolean {
  const picture = ({ rootPath, contentFormats, objects }: Registration) =>
    JSON.stringify([
      rootPath,
      contentFormats,
      objects.map(({ object, version, instances }) => [object, version, instances]).sort(byObject),
    ]);
  return picture(a) === picture(b);
}

const byObject = (a: readonly unknown[], b: readonly unknown[]) => Number(a[0]) - Number(b[0]);

function isEmpty(record: Readonly<Record<string, string>>): boolean {
  for (const _ in record) return false;
  return true;
}
