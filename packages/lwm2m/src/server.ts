import { NOT_FOUND } from "@lamplighter/coap/code";
import type { CoapEndpoint, IncomingRequest } from "@lamplighter/coap/endpoint";
import { TimingWheel } from "@lamplighter/coap/timing-wheel";
import type { Clock } from "@lamplighter/runtime/clock";
import type { Address } from "@lamplighter/runtime/datagram";
import { type Log, silentLog } from "@lamplighter/runtime/log";
import type { Random } from "@lamplighter/runtime/random";
import { CompositeOperations, type PathContent } from "./composite-operations.ts";
import { parseTarget } from "./composite-target.ts";
import { type Lwm2mCounters, zeroLwm2mCounters } from "./counters.ts";
import { DeviceRequests } from "./device-requests.ts";
import { type Downloads, downloadSegment } from "./downloads.ts";
import { speaksFor } from "./identity.ts";
import type { CoreLink } from "./link-format.ts";
import type { InstanceNode, Node } from "./node.ts";
import type { NotificationAttributes } from "./notification-attributes.ts";
import type { ObjectModel, ObjectModels } from "./object-model.ts";
import { DeviceModels } from "./object-version.ts";
import { ObservationDoubts } from "./observation-doubts.ts";
import { ObservationKeeper, observationsPerDeviceMax } from "./observation-keeper.ts";
import { ObserveOperations } from "./observe-operations.ts";
import type {
  CancelOptions,
  DiscoverOptions,
  ObserveOptions,
  OperationOptions,
  ReadOptions,
  WriteOpaqueOptions,
  WriteOptions,
} from "./operation-options.ts";
import type { OperationOutcome } from "./operation-outcome.ts";
import { PackReader } from "./pack-reader.ts";
import type { PathNode } from "./path-node.ts";
import { MemoryQueuedRequestStore } from "./queue/memory-queued-request-store.ts";
import { perform } from "./queue/perform.ts";
import type { QueueLimits } from "./queue/queue-limits.ts";
import type { QueuedRequestStore } from "./queue/queued-request-store.ts";
import { type Listening, RequestQueue } from "./queue/request-queue.ts";
import { ReadOperations } from "./read-operations.ts";
import { type Registration, withInstance } from "./registration.ts";
import { defaultAccount } from "./registration-decision.ts";
import { RegistrationInterface } from "./registration-interface.ts";
import { defaultRegistrationLimits, type RegistrationLimits } from "./registration-limits.ts";
import type { RegistrationStore } from "./registration-store.ts";
import { SendInterface } from "./send-interface.ts";
import type { ServerEvent } from "./server-event.ts";
import { UplinkAnswers } from "./uplink-answers.ts";
import type { ResourceValue } from "./value.ts";
import { WriteOperations } from "./write-operations.ts";

export type { PathContent } from "./composite-operations.ts";
export type { NotificationAttributes } from "./notification-attributes.ts";
export type {
  CancelOptions,
  DiscoverOptions,
  ObserveOptions,
  OperationOptions,
  ReadOptions,
  WriteOpaqueOptions,
  WriteOptions,
} from "./operation-options.ts";
export { waitMaxDefault } from "./operation-options.ts";
export type { OperationOutcome } from "./operation-outcome.ts";
export type { PathNode } from "./path-node.ts";
export type { RegistrationChange, ServerEvent } from "./server-event.ts";

export interface Lwm2mServerOptions {
  readonly endpoint: CoapEndpoint;
  readonly clock: Clock;
  /** Also chooses the ids of registrations: in production it must not be guessable. */
  readonly random: Random;
  readonly log?: Log;
  readonly store: RegistrationStore;
  /** The enrolment policy, asked for each Register of an endpoint that is not registered and accepted yet. */
  readonly enrol: (candidate: { readonly endpoint: string; readonly address: Address }) => Enrolment;
  readonly models: ObjectModels;
  readonly onEvent: (event: ServerEvent) => void;
  /** Images that devices may fetch from us. */
  readonly downloads?: Downloads;
  /** How long a registration outlives its lifetime. Default 93 s. */
  readonly graceSeconds?: number;
  /**
   * Names the server account that devices register with here; `default` when absent. Accounts are spaces apart: servers with
   * an account and a CoAP endpoint each may share one store, and the same device be registered with each of them.
   */
  readonly account?: string;
  /** The endpoint whose credentials a peer proved to have. When absent nobody proves anything (security mode NoSec). */
  readonly authenticated?: (peer: Address) => string | undefined;
  /**
   * Why a peer that proved nothing may not speak for an endpoint; undefined when it may. Asked for each of its requests, so
   * that a rule which is made stricter holds at once. When absent everybody may.
   */
  readonly whyNotClear?: (endpoint: string) => string | undefined;
  /**
   * Object lists, as links, by the profile id that stands for them: `6:27354b9a`. A device of LwM2M 1.2 whose profile is known
   * need not list its objects; for an unknown one it is asked to with 4.09 (OMA TS Core 1.2 §6.2.1).
   */
  readonly profiles?: ReadonlyMap<string, string>;
  readonly limits?: Partial<RegistrationLimits>;
  /** Keeps what waits for devices in queue mode. In memory when absent. */
  readonly queueStore?: QueuedRequestStore;
  readonly queueLimits?: Partial<QueueLimits>;
}

export type Enrolment = "accept" | "pending" | "refuse";

/** MAX_TRANSMIT_WAIT (RFC 7252 §4.8.2): a device whose Update was lost tries for so long. */
export const graceSecondsDefault = 93;
/**
 * The LwM2M server: registers devices over one CoAP endpoint, and operates them. Paths are texts like `/5/0/3`.
 *
 * It takes over the endpoint's incoming requests. {@link start} must have resolved before the first device can register;
 * until then devices are asked to come back. Operations never throw for what a device does: see {@link OperationOutcome}.
 */
export class Lwm2mServer {
  readonly counters: Readonly<Lwm2mCounters>;
  readonly #options: Lwm2mServerOptions;
  readonly #wheel: TimingWheel;
  readonly #models: DeviceModels;
  readonly #desk: RegistrationInterface;
  readonly #reads: ReadOperations;
  readonly #writes: WriteOperations;
  readonly #observations: ObserveOperations;
  readonly #doubts: ObservationDoubts;
  readonly #composites: CompositeOperations;
  readonly #sends: SendInterface;
  /** What waits for devices in queue mode to wake: ask, list and cancel there. */
  readonly queue: RequestQueue;

  constructor(options: Lwm2mServerOptions) {
    this.#options = options;
    const { endpoint, clock, random, log = silentLog, store, enrol, models, onEvent } = options;
    const counters = zeroLwm2mCounters();
    this.counters = counters;
    this.#wheel = new TimingWheel(clock);
    const deviceModels = new DeviceModels(models);
    this.#models = deviceModels;
    const requests = new DeviceRequests({
      endpoint,
      models: deviceModels,
      find: (name) => this.#desk.sessions.find(name),
    });
    const packs = new PackReader({ models: deviceModels, clock, onEvent });
    const keeper = new ObservationKeeper({
      endpoint,
      clock,
      log,
      store,
      models: deviceModels,
      packs,
      counters,
      onEvent,
      onDoubt: (session) => this.#doubts.note(session),
    });
    this.#reads = new ReadOperations({ requests, clock, onEvent });
    this.#writes = new WriteOperations({
      requests,
      onChanged: {
        instance: (session, path, is) =>
          this.#desk.learn(session, { objects: withInstance(session.registration, path, is) }),
        lifetime: (session, lifetimeSeconds) => this.#desk.learn(session, { lifetimeSeconds }),
      },
    });
    const observations = new ObserveOperations({ requests, reads: this.#reads, packs, keeper });
    this.#observations = observations;
    this.#doubts = new ObservationDoubts({
      clock,
      wheel: this.#wheel,
      begin: (session) => observations.refresh(session),
    });
    this.#composites = new CompositeOperations({ requests, packs });
    const answers = new UplinkAnswers({ clock, counters, random, log, onEvent });
    const authenticated = options.authenticated ?? (() => undefined);
    const whyNotClear = options.whyNotClear ?? (() => undefined);
    const sessionAt = (peer: Address) => {
      const name = authenticated(peer);
      const session = name === undefined ? this.#desk.sessions.from(peer) : this.#desk.sessions.find(name);
      if (!session || !speaksFor({ address: peer, authenticated: name }, session.registration)) return undefined;
      return name === undefined && whyNotClear(session.registration.endpoint) !== undefined ? undefined : session;
    };
    this.#sends = new SendInterface({ packs, answers, counters, clock, sessionAt });
    this.#desk = new RegistrationInterface({
      answers,
      clock,
      wheel: this.#wheel,
      random,
      log,
      store,
      enrol,
      graceSeconds: options.graceSeconds ?? graceSecondsDefault,
      account: options.account ?? defaultAccount,
      profileOf: (id) => options.profiles?.get(id),
      authenticated,
      whyNotClear,
      limits: { ...defaultRegistrationLimits, ...options.limits },
      counters,
      onEvent,
      listener: {
        opened: (session) => this.#observations.reconcile(session),
        updated: (session, changed) => {
          if (changed.includes("address")) keeper.follow(session);
          if (changed.includes("objects")) session.observations.forgive();
          this.#doubts.settle(session);
          this.#observations.reconcile(session);
        },
        closed: (session) => {
          this.#doubts.drop(session);
          keeper.drop(session);
        },
        heard: ({ registration }) => this.queue.look(registration.endpoint),
      },
    });
    this.queue = new RequestQueue({
      store: options.queueStore ?? new MemoryQueuedRequestStore(),
      account: options.account ?? defaultAccount,
      clock,
      wheel: this.#wheel,
      random,
      log,
      listening: (name) => this.#listening(name),
      deliver: (request) => perform(this, request),
      onChanged: (name, ended) => onEvent({ kind: "queue", endpoint: name, ...(ended && { ended }) }),
      ...(options.queueLimits && { limits: options.queueLimits }),
    });
    endpoint.onRequest((request) => this.#take(request));
    endpoint.onStrayNotification((peer, token) => {
      counters.strayNotifications++;
      const session = sessionAt(peer);
      if (session && !session.observations.endParting(Buffer.from(token).toString("hex"))) this.#doubts.raise(session);
    });
  }

  /** Loads what the store has, and takes up the observations that devices still hold. Rejects when the store cannot be read. */
  async start(): Promise<void> {
    const { account = defaultAccount, store } = this.#options;
    const { registrations, observations } = await store.load();
    this.#desk.restore(registrations.filter((registration) => registration.account === account));
    const elsewhere = new Set(registrations.filter((other) => other.account !== account).map(({ id }) => id));
    for (const stored of observations) {
      if (elsewhere.has(stored.registrationId)) continue;
      const session = this.#desk.sessions.find(stored.endpoint);
      const isTaken = session !== undefined && this.#observations.restore(session, stored);
      if (!isTaken) store.removeObservation(stored.token);
    }
    // Who had something to tell while nobody acknowledged it has given up; which ones, we cannot know.
    for (const session of this.#desk.sessions.all()) this.#doubts.note(session);
    await this.queue.start();
  }

  /** Ends all operations, and waits for what is to be written. Registrations stay in the store; the endpoint is the caller's to close. */
  async stop(): Promise<void> {
    this.#desk.close();
    await this.queue.stop();
    this.#wheel.clearAll();
    await this.#options.store.flush();
  }

  /** Every living registration, pending ones too, in no promised order. */
  *registrations(): Generator<Registration> {
    for (const { registration } of this.#desk.sessions.all()) yield registration;
  }

  /** How many registrations live. */
  get registrationCount(): number {
    return this.#desk.sessions.size;
  }

  find(endpoint: string): Registration | undefined {
    return this.#desk.sessions.find(endpoint)?.registration;
  }

  /** Paths that a device observes for us now; undefined when it is not registered. */
  observedPaths(endpoint: string): readonly string[] | undefined {
    return this.#desk.sessions
      .find(endpoint)
      ?.observations.held()
      .map(({ path }) => path);
  }

  /** The definition that holds for one object of a device, by the version it announced. */
  modelOf(endpoint: string, object: number): ObjectModel | undefined {
    const registration = this.find(endpoint);
    return registration && this.#models.find(registration, object);
  }

  /** The path, or paths with a space between each, that a device observes for us under a token in hex. */
  observedUnder(endpoint: string, token: string): string | undefined {
    return this.#desk.sessions
      .find(endpoint)
      ?.observations.held()
      .find(({ live }) => live !== undefined && Buffer.from(live.token).toString("hex") === token)?.path;
  }

  /** Whether a device would answer now: registered, and not asleep in queue mode. */
  isAwake(endpoint: string): boolean {
    return this.#desk.sessions.find(endpoint)?.awake ?? false;
  }

  /** When a device in queue mode was last heard and until when it listens, in milliseconds since the epoch; undefined for any other. */
  wakefulness(endpoint: string): { readonly heardAt: number; readonly awakeUntil?: number } | undefined {
    const session = this.#desk.sessions.find(endpoint);
    if (!session?.registration.queueMode) return undefined;
    const now = this.#options.clock.now().getTime();
    const heardAt = now - session.silentFor;
    return session.awake ? { heardAt, awakeUntil: now + session.awakeFor } : { heardAt };
  }

  /** Accepts a pending device; told as `registered`. Does nothing for any other. */
  accept(endpoint: string): void {
    this.#desk.accept(endpoint);
  }

  /** Drops a registration from our side. */
  deregister(endpoint: string): void {
    this.#desk.drop(endpoint);
  }

  /** Reads an object, an instance, a resource or a resource instance (OMA TS Core 1.1 §6.3.1). */
  read(endpoint: string, path: string, options: ReadOptions = {}): Promise<OperationOutcome<Node>> {
    return this.#reads.read(endpoint, path, options);
  }

  /**
   * Writes an instance, a resource or a resource instance (OMA TS Core 1.1 §6.3.3), after it passed our own check by the
   * object's definition: what cannot be written, or is out of its range, is `invalid` and not sent.
   */
  write(
    endpoint: string,
    path: string,
    content: ResourceValue | Node,
    options: WriteOptions = {},
  ): Promise<OperationOutcome<void>> {
    return this.#writes.write(endpoint, path, content, options);
  }

  /** Writes bytes as they are, block by block if need be: a firmware image to /5/0/0 (RFC 7959). */
  writeOpaque(
    endpoint: string,
    path: string,
    bytes: Uint8Array,
    options: WriteOpaqueOptions = {},
  ): Promise<OperationOutcome<void>> {
    return this.#writes.writeOpaque(endpoint, path, bytes, options);
  }

  /** Executes a resource (OMA TS Core 1.1 §6.3.5). Arguments are written `0='a',1`. Never sent twice. */
  execute(
    endpoint: string,
    path: string,
    args?: string,
    options: OperationOptions = {},
  ): Promise<OperationOutcome<void>> {
    return this.#writes.execute(endpoint, path, args, options);
  }

  /** Asks what there is below a path, with its attributes (OMA TS Core 1.1 §6.3.2); in 1.2 down to a depth. */
  discover(
    endpoint: string,
    path: string,
    options: DiscoverOptions = {},
  ): Promise<OperationOutcome<readonly CoreLink[]>> {
    return this.#reads.discover(endpoint, path, options);
  }

  /** Creates an instance under the number that it has (OMA TS Core 1.1 §6.3.6). The object list that we keep has it from then on. */
  create(
    endpoint: string,
    objectId: number,
    node: InstanceNode,
    options: OperationOptions = {},
  ): Promise<OperationOutcome<void>> {
    return this.#writes.create(endpoint, objectId, node, options);
  }

  /** Deletes an instance, or a resource instance (OMA TS Core 1.1 §6.3.7). */
  delete(endpoint: string, path: string, options: OperationOptions = {}): Promise<OperationOutcome<void>> {
    return this.#writes.delete(endpoint, path, options);
  }

  /** Sets when a device notifies (OMA TS Core 1.1 §6.3.4); `null` unsets an attribute. */
  writeAttributes(
    endpoint: string,
    path: string,
    attributes: NotificationAttributes,
    options: OperationOptions = {},
  ): Promise<OperationOutcome<void>> {
    return this.#writes.writeAttributes(endpoint, path, attributes, options);
  }

  /**
   * Observes a path (OMA TS Core 1.1 §6.4.1) and answers its first value; it is desired from then on, and observed again
   * when the device registers anew. A path observed already is read instead.
   */
  observe(endpoint: string, path: string, options: ObserveOptions = {}): Promise<OperationOutcome<Node>> {
    return this.#observations.observe(endpoint, path, options);
  }

  /**
   * Stops observing (OMA TS Core 1.1 §6.4.3), and wanting to: a path, or the paths of a composite observation in their order.
   */
  cancelObservation(
    endpoint: string,
    path: string | readonly string[],
    options: CancelOptions = {},
  ): Promise<OperationOutcome<void>> {
    return this.#observations.cancel(endpoint, path, options);
  }

  /**
   * Reads several paths in one request (OMA TS Core 1.1 §6.3.8); `/` is everything. What the device does not have is left
   * out of the answer. Needs LwM2M 1.1 and a device that knows composite operations: `invalid` for any other.
   */
  readComposite(
    endpoint: string,
    paths: readonly string[],
    options: OperationOptions = {},
  ): Promise<OperationOutcome<readonly PathNode[]>> {
    return this.#composites.read(endpoint, paths, options);
  }

  /** Writes several paths in one request, all or nothing (OMA TS Core 1.1 §6.3.9), each judged as {@link write} does; in 1.2 resource instances may be deleted with it. */
  writeComposite(
    endpoint: string,
    contents: readonly PathContent[],
    options: OperationOptions = {},
  ): Promise<OperationOutcome<void>> {
    return this.#composites.write(endpoint, contents, options);
  }

  /** Observes several paths as one (OMA TS Core 1.1 §6.4.4); desired from then on, as {@link observe} does. */
  observeComposite(
    endpoint: string,
    paths: readonly string[],
    options: OperationOptions = {},
  ): Promise<OperationOutcome<readonly PathNode[]>> {
    return this.#observations.observeComposite(endpoint, paths, options);
  }

  /**
   * Says what should be observed at an endpoint, registered or not; replaces what was said before. What is missing is
   * asked for, now and after each registration; what is superfluous is ended. Several paths with a space between each are
   * observed as one. A path whose object the device does not
   * have waits. Throws {@link MalformedInput} for a text that is no path.
   */
  setDesiredObservations(endpoint: string, paths: readonly string[]): void {
    const wanted = paths.slice(0, observationsPerDeviceMax).map((path) => parseTarget(path).key);
    const desired = this.#desk.sessions.desiredAt(endpoint);
    desired.clear();
    for (const path of wanted) desired.add(path);
    const session = this.#desk.sessions.find(endpoint);
    if (session) this.#observations.reconcile(session);
  }

  #listening(endpoint: string): Listening {
    const session = this.#desk.sessions.find(endpoint);
    if (!session) return "not-registered";
    if (session.registration.pending) return "pending";
    if (!session.registration.queueMode) return "always";
    return session.awake ? "awake" : "asleep";
  }

  #take(request: IncomingRequest): void {
    const [first] = request.path;
    const { downloads } = this.#options;
    if (first === "rd") this.#desk.take(request);
    else if (first === "dp") this.#sends.take(request);
    else if (first === downloadSegment && downloads) downloads.answer(request);
    else request.respond({ code: NOT_FOUND });
  }
}
