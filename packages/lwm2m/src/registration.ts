import type { Address } from "@lamplighter/runtime/datagram";
import type { Path } from "./path.ts";

/** Versions of the protocol that we register. Anything else is answered 4.12 (OMA TS Core 1.1 §6.2.1). */
export type Lwm2mVersion = "1.0" | "1.1" | "1.2";

/** One object as a device announced it. */
export interface RegisteredObject {
  readonly object: number;
  readonly version?: string;
  readonly instances: readonly number[];
}

/** One device's registration with us (OMA TS Core 1.1 §6.2.1). Times are milliseconds since the epoch. */
export interface Registration {
  /** Names the registration's place, `/rd/<id>`: at most 32 bytes, safe in a URL, not guessable. */
  readonly id: string;
  /** The server account it belongs to. A registration is keyed by account and endpoint. */
  readonly account: string;
  readonly endpoint: string;
  readonly version: Lwm2mVersion;
  /** 0 means that it never expires. */
  readonly lifetimeSeconds: number;
  /** The letters of the transports it can be reached by (`U`, `T`, `S`, `N`, `M`, `H`), without `Q`. */
  readonly binding: string;
  readonly queueMode: boolean;
  readonly smsNumber?: string;
  /** Where the peer is reached. */
  readonly address: Address;
  /** The device proved by its credentials that it is this endpoint. */
  readonly authenticated?: true;
  /** The alternate path below which its objects stand; none when empty (OMA TS Transport 1.1 §6.4.1). */
  readonly rootPath: readonly string[];
  readonly objects: readonly RegisteredObject[];
  /** What its root link said it speaks (`ct`). */
  readonly contentFormats: readonly number[];
  /** Query parameters that we do not know, kept as sent. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly registeredAt: number;
  readonly lastSeenAt: number;
  /** Infinity when the lifetime is 0. The grace comes on top. */
  readonly expiresAt: number;
  /** Waits for a person to accept it: listed, never operated. */
  readonly pending: boolean;
}

/** The object a registration lists, or `undefined`. */
export function registeredObject(
  registration: Pick<Registration, "objects">,
  object: number,
): RegisteredObject | undefined {
  return registration.objects.find((candidate) => candidate.object === object);
}

/** The object list once an instance came or went. */
export function withInstance(
  { objects }: Registration,
  { object, instance = 0 }: Path,
  is: "there" | "gone",
): readonly RegisteredObject[] {
  const listed = objects.find((candidate) => candidate.object === object) ?? { object, instances: [] };
  const others = listed.instances.filter((each) => each !== instance);
  const instances = is === "there" ? [...others, instance].sort((a, b) => a - b) : others;
  const known = objects.includes(listed) ? objects : [...objects, listed];
  return known.map((each) => (each === listed ? { ...listed, instances } : each));
}
