import type { TimingWheel } from "@lamplighter/coap/timing-wheel";
import type { Clock } from "@lamplighter/runtime/clock";
import type { Address } from "@lamplighter/runtime/datagram";
import type { Random } from "@lamplighter/runtime/random";
import { SmallSet } from "@lamplighter/runtime/small-set";
import type { FormatsOfDevice } from "./content-negotiation.ts";
import { DeviceSession } from "./device-session.ts";
import { Observations } from "./observations.ts";
import { randomId } from "./random-id.ts";
import type { Registration } from "./registration.ts";
import { SharedLists } from "./shared-lists.ts";

export interface SessionTableOptions {
  readonly clock: Clock;
  readonly wheel: TimingWheel;
  readonly random: Random;
  readonly graceSeconds: number;
  /** Endpoints whose desired observations are remembered. Beyond, one that is not registered is forgotten. */
  readonly endpointsMax: number;
  /** Its registration is no more; observations must be let go of. */
  readonly onClosed: (session: DeviceSession) => void;
  /** The lifetime and the grace are over. The session was taken out already. */
  readonly onExpired: (session: DeviceSession) => void;
  /** Something came from the device: it may be asked things now. */
  readonly onHeard: (session: DeviceSession) => void;
}

/** The registered devices by name and by place, each with the alarm of its expiry; and what should be observed at each name. */
export class SessionTable {
  readonly #options: SessionTableOptions;
  readonly #byId = new Map<string, DeviceSession>();
  readonly #byEndpoint = new Map<string, DeviceSession>();
  /** Who was heard of last at an address: a Send does not say who it is from. */
  readonly #byAddress = new Map<Address, DeviceSession>();
  /** What should be observed, by endpoint; outlives a registration. */
  readonly #desired = new Map<string, SmallSet<string>>();

  readonly #shared = new SharedLists();
  /** One for all, because there are many sessions. */
  readonly #onExpiry = (expired: DeviceSession) => this.#expire(expired);

  constructor(options: SessionTableOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#byEndpoint.size;
  }

  all(): Iterable<DeviceSession> {
    return this.#byEndpoint.values();
  }

  find(endpoint: string): DeviceSession | undefined {
    return this.#byEndpoint.get(endpoint);
  }

  at(id: string): DeviceSession | undefined {
    return this.#byId.get(id);
  }

  /** Who is registered from an address; the one that came last, where several are. */
  from(address: Address): DeviceSession | undefined {
    const session = this.#byAddress.get(address);
    return session?.registration.address === address ? session : undefined;
  }

  /** Puts a changed registration in the place of the one before. */
  replace(session: DeviceSession, registration: Registration): void {
    const former = session.registration.address;
    session.registration = registration;
    if (registration.address === former) return;
    if (this.#byAddress.get(former) === session) this.#byAddress.delete(former);
    this.#byAddress.set(registration.address, session);
  }

  /** What should be observed at an endpoint, registered or not. */
  desiredAt(endpoint: string): SmallSet<string> {
    let desired = this.#desired.get(endpoint);
    if (!desired) {
      // Bounded like registrations are: an endpoint that is gone for longest is forgotten first.
      if (this.#desired.size >= this.#options.endpointsMax) {
        for (const old of this.#desired.keys()) {
          if (!this.#byEndpoint.has(old)) {
            this.#desired.delete(old);
            break;
          }
        }
      }
      desired = new SmallSet();
      this.#desired.set(endpoint, desired);
    }
    return desired;
  }

  /** Puts a registration in the place of whatever the endpoint had. */
  install(given: Registration, silentFor = 0): DeviceSession {
    const { clock, wheel } = this.#options;
    const registration = this.#shared.registration(given);
    const former = this.#byEndpoint.get(registration.endpoint);
    if (former) this.remove(former, "The device registered anew.");
    const session = new DeviceSession({
      registration,
      clock,
      wheel,
      observations: new Observations(this.desiredAt(registration.endpoint)),
      onExpiry: this.#onExpiry,
      onHeard: this.#options.onHeard,
      heardAt: clock.monotonic() - silentFor,
    });
    if (former && speaksTheSame(former.registration, registration)) {
      for (const format of former.refusedFormats) session.refuseFormat(format);
    }
    this.#byEndpoint.set(registration.endpoint, session);
    this.#byId.set(registration.id, session);
    this.#byAddress.set(registration.address, session);
    this.armExpiry(session);
    return session;
  }

  remove(session: DeviceSession, why: string): void {
    const { endpoint, id, address } = session.registration;
    this.#byId.delete(id);
    if (this.#byAddress.get(address) === session) this.#byAddress.delete(address);
    if (this.#byEndpoint.get(endpoint) === session) this.#byEndpoint.delete(endpoint);
    session.end(why);
    this.#options.onClosed(session);
  }

  /** Ends all sessions without a word: the registrations live on in the store. */
  close(): void {
    for (const session of this.#byEndpoint.values()) session.end("The server is stopping.");
    this.#byEndpoint.clear();
    this.#byId.clear();
    this.#byAddress.clear();
  }

  // The alarm is not moved by every Update: it looks at the registration when it rings, and sets itself again if there is time left.
  armExpiry(session: DeviceSession, delayMin = 0): void {
    const { clock, wheel, graceSeconds } = this.#options;
    const delay = session.registration.expiresAt + graceSeconds * 1_000 - clock.now().getTime();
    if (delay === Number.POSITIVE_INFINITY) wheel.clear(session.expiry);
    else wheel.set(session.expiry, Math.max(delay, delayMin));
  }

  #expire(session: DeviceSession): void {
    const { clock, graceSeconds, onExpired } = this.#options;
    if (clock.now().getTime() < session.registration.expiresAt + graceSeconds * 1_000) {
      this.armExpiry(session);
      return;
    }
    this.remove(session, "Its registration expired.");
    onExpired(session);
  }

  freshId(): string {
    const { random } = this.#options;
    for (;;) {
      const id = randomId(random);
      if (!this.#byId.has(id)) return id;
    }
  }
}

/** A device that says of its formats what it said before still refuses what it refused. */
function speaksTheSame(one: FormatsOfDevice, other: FormatsOfDevice): boolean {
  return one.version === other.version && one.contentFormats.join() === other.contentFormats.join();
}
