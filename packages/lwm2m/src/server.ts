import {
  BAD_OPTION,
  DELETE,
  formatCode,
  GET,
  isSuccess,
  NOT_ACCEPTABLE,
  NOT_FOUND,
  POST,
  PUT,
  UNSUPPORTED_CONTENT_FORMAT,
} from "@lamplighter/coap/code";
import { contentFormat } from "@lamplighter/coap/content-format";
import type {
  BlockProgress,
  BlockSize,
  CoapEndpoint,
  IncomingRequest,
  OutgoingRequest,
  ResponseOutcome,
  TransmissionParameters,
} from "@lamplighter/coap/endpoint";
import { TimingWheel } from "@lamplighter/coap/timing-wheel";
import type { Clock } from "@lamplighter/runtime/clock";
import type { Address } from "@lamplighter/runtime/datagram";
import { type Duration, milliseconds, minutes } from "@lamplighter/runtime/duration";
import { type Log, silentLog } from "@lamplighter/runtime/log";
import type { Random } from "@lamplighter/runtime/random";
import { checkExecute, checkWrite } from "./check-write.ts";
import { decodeContent, encodeContent, readFormats, writeFormats } from "./content.ts";
import { type Lwm2mCounters, zeroLwm2mCounters } from "./counters.ts";
import type { DeviceSession, ExchangeOutcome, ExchangeRequest } from "./device-session.ts";
import { type CoreLink, parseLinks } from "./link-format.ts";
import { MalformedInput, malformedFrom } from "./malformed-input.ts";
import { type InstanceNode, type Node, object, single } from "./node.ts";
import { attributeQuery, checkAttributes, type NotificationAttributes } from "./notification-attributes.ts";
import type { ObjectModel, ObjectModels } from "./object-model.ts";
import { DeviceModels } from "./object-version.ts";
import { ObservationKeeper, observationsPerDeviceMax } from "./observation-keeper.ts";
import type { OperationOutcome } from "./operation-outcome.ts";
import { formatPath, levelOf, type Path, parsePath, pathSegments } from "./path.ts";
import type { Registration } from "./registration.ts";
import { RegistrationInterface } from "./registration-interface.ts";
import type { RegistrationStore } from "./registration-store.ts";
import { messageOf } from "./response-message.ts";
import type { ServerEvent } from "./server-event.ts";
import { decodeUtf8 } from "./tlv-value.ts";
import type { ResourceValue } from "./value.ts";

export type { NotificationAttributes } from "./notification-attributes.ts";
export type { OperationOutcome } from "./operation-outcome.ts";
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
  /** How long a registration outlives its lifetime. Default 93 s. */
  readonly graceSeconds?: number;
}

export type Enrolment = "accept" | "pending" | "refuse";

export interface OperationOptions {
  /** How long the request may wait for its turn or for the device to wake. Default two minutes. */
  readonly waitMax?: Duration;
  readonly transmission?: Partial<TransmissionParameters>;
}

export interface WriteOptions extends OperationOptions {
  /** `replace` (the default) sets exactly what is given; `partial` leaves the rest of an instance or of a multiple resource as it is. */
  readonly mode?: "replace" | "partial";
}

export interface WriteOpaqueOptions extends OperationOptions {
  /** Default 42, octet-stream. */
  readonly contentFormat?: number;
  readonly blockSize?: BlockSize;
  /** Called for every block that the device acknowledged. */
  readonly onProgress?: (progress: BlockProgress) => void;
  /** Asked before each further block; false ends the transfer with the outcome `cancelled`. */
  readonly mayContinue?: () => boolean;
}

/** MAX_TRANSMIT_WAIT (RFC 7252 §4.8.2): a device whose Update was lost tries for so long. */
export const graceSecondsDefault = 93;
export const waitMaxDefault: Duration = minutes(2);

/** Codes by which devices say that a content format is not theirs. 4.02: Accept is a critical option to them. */
const formatRefusals: readonly number[] = [NOT_ACCEPTABLE, UNSUPPORTED_CONTENT_FORMAT, BAD_OPTION];

type Asked = OperationOutcome<ResponseOutcome>;

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
  readonly #keeper: ObservationKeeper;

  constructor(options: Lwm2mServerOptions) {
    this.#options = options;
    const { endpoint, clock, random, log = silentLog, store, enrol, models, onEvent } = options;
    const counters = zeroLwm2mCounters();
    this.counters = counters;
    this.#wheel = new TimingWheel(clock);
    this.#models = new DeviceModels(models);
    this.#keeper = new ObservationKeeper({ endpoint, clock, log, store, models: this.#models, counters, onEvent });
    this.#desk = new RegistrationInterface({
      clock,
      wheel: this.#wheel,
      random,
      log,
      store,
      enrol,
      graceSeconds: options.graceSeconds ?? graceSecondsDefault,
      counters,
      onEvent,
      listener: {
        opened: (session) => this.#reconcile(session),
        updated: (session, changed) => {
          if (changed.includes("address")) this.#keeper.follow(session);
          if (changed.includes("objects")) session.observations.refused.clear();
          this.#reconcile(session);
        },
        closed: (session) => this.#keeper.drop(session),
      },
    });
    endpoint.onRequest((request) => this.#take(request));
  }

  /** Loads what the store has, and takes up the observations that devices still hold. Rejects when the store cannot be read. */
  async start(): Promise<void> {
    const { registrations, observations } = await this.#options.store.load();
    this.#desk.restore(registrations);
    for (const stored of observations) {
      const session = this.#desk.find(stored.endpoint);
      const fits = session?.registration.id === stored.registrationId && isPath(stored.path);
      if (session && fits) this.#keeper.restore(session, stored);
      else this.#options.store.removeObservation(stored.token);
    }
  }

  /** Ends all operations, and waits for what is to be written. Registrations stay in the store; the endpoint is the caller's to close. */
  async stop(): Promise<void> {
    this.#desk.close();
    this.#wheel.clearAll();
    await this.#options.store.flush();
  }

  /** Every living registration, pending ones too, in no promised order. */
  *registrations(): Generator<Registration> {
    for (const { registration } of this.#desk.sessions()) yield registration;
  }

  /** How many registrations live. */
  get registrationCount(): number {
    return this.#desk.size;
  }

  find(endpoint: string): Registration | undefined {
    return this.#desk.find(endpoint)?.registration;
  }

  /** Paths that a device observes for us now; undefined when it is not registered. */
  observedPaths(endpoint: string): readonly string[] | undefined {
    return this.#desk
      .find(endpoint)
      ?.observations.held()
      .map(({ path }) => path);
  }

  /** Whether a device would answer now: registered, and not asleep in queue mode. */
  isAwake(endpoint: string): boolean {
    return this.#desk.find(endpoint)?.awake ?? false;
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
  read(endpoint: string, path: string, options: OperationOptions = {}): Promise<OperationOutcome<Node>> {
    return this.#at(endpoint, path, async (session, place) => {
      const model = this.#modelOf(session, place);
      const asked = await this.#inFormat(session, readFormats(place, model), (accept) =>
        this.#ask(session, { method: GET, path: pathSegments(place), accept }, options),
      );
      return this.#readAnswer(session, place, asked, "read");
    });
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
    return this.#at(endpoint, path, async (session, place) => {
      const node = "kind" in content ? content : nodeOfValue(place, content);
      const wrong = node
        ? checkWrite(place, node, this.#modelOf(session, place))
        : `${path} is not a resource: a single value cannot be written there.`;
      if (!node || wrong) return { kind: "invalid", why: wrong ?? "" };
      // A single value has nothing to leave as it is; POST is for instances and multiple resources alone.
      const isPartial = options.mode === "partial" && (node.kind === "instance" || node.kind === "multiple");
      const method = isPartial ? POST : PUT;
      const asked = await this.#inFormat(session, writeFormats(node), (format) => {
        const payload = encodeContent(node, format);
        return this.#ask(session, { method, path: pathSegments(place), contentFormat: format, payload }, options);
      });
      return withoutValue(asked);
    });
  }

  /** Writes bytes as they are, block by block if need be: a firmware image to /5/0/0 (RFC 7959). */
  writeOpaque(
    endpoint: string,
    path: string,
    bytes: Uint8Array,
    options: WriteOpaqueOptions = {},
  ): Promise<OperationOutcome<void>> {
    return this.#at(endpoint, path, async (session, place) => {
      if (levelOf(place) !== "resource") return { kind: "invalid", why: `${path} is not a resource.` };
      const { blockSize, onProgress, mayContinue } = options;
      const request = {
        method: PUT,
        path: pathSegments(place),
        contentFormat: options.contentFormat ?? contentFormat.opaque,
        payload: bytes,
        ...(blockSize !== undefined && { blockSize }),
        ...(onProgress && { onProgress }),
        ...(mayContinue && { mayContinue }),
      };
      return withoutValue(await this.#ask(session, request, options, "transfer"));
    });
  }

  /** Executes a resource (OMA TS Core 1.1 §6.3.5). Arguments are written `0='a',1`. Never sent twice. */
  execute(
    endpoint: string,
    path: string,
    args?: string,
    options: OperationOptions = {},
  ): Promise<OperationOutcome<void>> {
    return this.#at(endpoint, path, async (session, place) => {
      const wrong = checkExecute(place, args, this.#modelOf(session, place));
      if (wrong) return { kind: "invalid", why: wrong };
      const content = args ? { contentFormat: contentFormat.text, payload: new TextEncoder().encode(args) } : {};
      return withoutValue(await this.#ask(session, { method: POST, path: pathSegments(place), ...content }, options));
    });
  }

  /** Asks what there is below a path, with its attributes (OMA TS Core 1.1 §6.3.2). */
  discover(
    endpoint: string,
    path: string,
    options: OperationOptions = {},
  ): Promise<OperationOutcome<readonly CoreLink[]>> {
    return this.#at(endpoint, path, async (session, place) => {
      if (place.resourceInstance !== undefined) {
        return { kind: "invalid", why: "A resource instance has nothing below it to discover." };
      }
      const request = { method: GET, path: pathSegments(place), accept: contentFormat.link };
      const asked = await this.#ask(session, request, options);
      return reading(asked, ({ payload, contentFormat: format }) => {
        if (format !== undefined && format !== contentFormat.link) {
          throw new MalformedInput(path, `content format ${format} is not link format`);
        }
        return parseLinks(decodeUtf8(payload, path));
      });
    });
  }

  /** Creates an instance under the number that it has (OMA TS Core 1.1 §6.3.6). */
  create(
    endpoint: string,
    objectId: number,
    node: InstanceNode,
    options: OperationOptions = {},
  ): Promise<OperationOutcome<void>> {
    return this.#at(endpoint, `/${objectId}`, async (session, place) => {
      const content = object(objectId, [node]);
      const wrong = checkWrite(place, content, this.#modelOf(session, place), "create");
      if (wrong) return { kind: "invalid", why: wrong };
      const payload = encodeContent(content, contentFormat.tlv);
      const request = { method: POST, path: pathSegments(place), contentFormat: contentFormat.tlv, payload };
      return withoutValue(await this.#ask(session, request, options));
    });
  }

  /** Deletes an instance, or a resource instance (OMA TS Core 1.1 §6.3.7). */
  delete(endpoint: string, path: string, options: OperationOptions = {}): Promise<OperationOutcome<void>> {
    return this.#at(endpoint, path, async (session, place) => {
      const level = levelOf(place);
      if (level === "object" || level === "resource") {
        return { kind: "invalid", why: `${path} cannot be deleted: only an instance can.` };
      }
      return withoutValue(await this.#ask(session, { method: DELETE, path: pathSegments(place) }, options));
    });
  }

  /** Sets when a device notifies (OMA TS Core 1.1 §6.3.4); `null` unsets an attribute. */
  writeAttributes(
    endpoint: string,
    path: string,
    attributes: NotificationAttributes,
    options: OperationOptions = {},
  ): Promise<OperationOutcome<void>> {
    return this.#at(endpoint, path, async (session, place) => {
      const wrong = checkAttributes(place, attributes);
      if (wrong) return { kind: "invalid", why: wrong };
      const request = { method: PUT, path: pathSegments(place), query: attributeQuery(attributes) };
      return withoutValue(await this.#ask(session, request, options));
    });
  }

  /**
   * Observes a path (OMA TS Core 1.1 §6.4.1) and answers its first value; it is desired from then on, and observed again
   * when the device registers anew. A path observed already is read instead.
   */
  observe(endpoint: string, path: string, options: OperationOptions = {}): Promise<OperationOutcome<Node>> {
    return this.#at(endpoint, path, async (session, place) => {
      const canonical = formatPath(place);
      const { observations } = session;
      if (observations.find(canonical)) return this.read(endpoint, canonical, options);
      if (observations.held().length >= observationsPerDeviceMax) {
        return { kind: "invalid", why: `${observationsPerDeviceMax} paths of this device are observed already.` };
      }
      observations.desired.add(canonical);
      observations.refused.delete(canonical);
      return this.#observe(session, place, options);
    });
  }

  /** Stops observing a path (OMA TS Core 1.1 §6.4.3), and wanting to. */
  cancelObservation(endpoint: string, path: string, options: OperationOptions = {}): Promise<OperationOutcome<void>> {
    return this.#at(endpoint, path, async (session, place) => {
      const canonical = formatPath(place);
      session.observations.desired.delete(canonical);
      const observation = session.observations.find(canonical);
      if (!observation) return { kind: "ok", value: undefined, roundTrip: milliseconds(0) };
      const start = this.#keeper.cancelling(session, observation);
      return withoutValue(asAsked(await exchange(session, { start, waitMax: options.waitMax ?? waitMaxDefault })));
    });
  }

  /**
   * Says what should be observed at an endpoint, registered or not; replaces what was said before. What is missing is
   * asked for, now and after each registration; what is superfluous is ended. A path whose object the device does not
   * have waits. Throws {@link MalformedInput} for a text that is no path.
   */
  setDesiredObservations(endpoint: string, paths: readonly string[]): void {
    const wanted = paths.slice(0, observationsPerDeviceMax).map((path) => formatPath(parsePath(path)));
    const desired = this.#desk.desiredAt(endpoint);
    desired.clear();
    for (const path of wanted) desired.add(path);
    const session = this.#desk.find(endpoint);
    if (session) this.#reconcile(session);
  }

  #take(request: IncomingRequest): void {
    if (request.path[0] === "rd") this.#desk.take(request);
    else request.respond({ code: NOT_FOUND });
  }

  /** Runs an operation on a device that may be operated; says why not for any other. */
  async #at<T>(
    endpoint: string,
    text: string,
    operate: (session: DeviceSession, path: Path) => Promise<OperationOutcome<T>>,
  ): Promise<OperationOutcome<T>> {
    let path: Path;
    try {
      path = parsePath(text);
    } catch (error) {
      return { kind: "invalid", why: malformedFrom(error).why };
    }
    const session = this.#desk.find(endpoint);
    if (!session) return { kind: "not-registered" };
    if (session.registration.pending) return { kind: "pending" };
    return operate(session, path);
  }

  /** Makes what is observed what is desired. Whatever fails is tried again at the device's next sign of life. */
  #reconcile(session: DeviceSession): void {
    if (session.registration.pending || session.ended) return;
    const { missing, superfluous } = session.observations.difference();
    for (const observation of superfluous) {
      const start = this.#keeper.cancelling(session, observation);
      session.exchange({ start, waitMax: waitMaxDefault }, () => {});
    }
    for (const path of missing) {
      const place = parsePath(path);
      const isListed = session.registration.objects.some((listed) => listed.object === place.object);
      if (isListed) void this.#observe(session, place, {});
    }
  }

  async #observe(session: DeviceSession, place: Path, options: OperationOptions): Promise<OperationOutcome<Node>> {
    const path = formatPath(place);
    const waitMax = options.waitMax ?? waitMaxDefault;
    session.observations.asking.add(path);
    const asked = await this.#inFormat(session, readFormats(place, this.#modelOf(session, place)), async (accept) => {
      const start = this.#keeper.starting(session, path, accept);
      return asAsked(await exchange(session, { start, waitMax }));
    });
    session.observations.asking.delete(path);
    const isObserved = session.observations.find(path) !== undefined;
    // A device that said no is not asked again until something changes; one that was silent is.
    if (!isObserved && (asked.kind === "ok" || asked.kind === "error")) session.observations.refused.add(path);
    const outcome = this.#readAnswer(session, place, asked, "notify");
    if (outcome.kind === "ok" && !isObserved) {
      return { kind: "error", code: formatCode(NOT_FOUND), message: "The device answered, but does not observe this." };
    }
    return outcome;
  }

  /** Asks in one format after the other while the device says that it does not know them, and remembers which those are. */
  async #inFormat(
    session: DeviceSession,
    formats: readonly number[],
    ask: (format: number) => Promise<Asked>,
  ): Promise<Asked> {
    const { refusedFormats } = session;
    const known = formats.filter((format) => !refusedFormats.has(format));
    const order = [...known, ...formats.filter((format) => refusedFormats.has(format))];
    let asked: Asked = { kind: "invalid", why: "There is no content format for this." };
    for (const format of order) {
      asked = await ask(format);
      if (
        asked.kind !== "error" ||
        !formatRefusals.some((code) => formatCode(code) === (asked as { code: string }).code)
      ) {
        return asked;
      }
      refusedFormats.add(format);
    }
    return asked;
  }

  async #ask(
    session: DeviceSession,
    request: Omit<OutgoingRequest, "peer">,
    { waitMax = waitMaxDefault, transmission }: OperationOptions,
    lane: "request" | "transfer" = "request",
  ): Promise<Asked> {
    const outcome = await exchange(session, {
      waitMax,
      lane,
      // Address and alternate path are looked up when its turn has come: the device may have moved meanwhile.
      start: (done) => {
        const { address, rootPath } = session.registration;
        const path = [...rootPath, ...request.path];
        return this.#options.endpoint.request(
          { ...request, peer: address, path, ...(transmission && { transmission }) },
          done,
        );
      },
    });
    return asAsked(outcome);
  }

  #readAnswer(session: DeviceSession, place: Path, asked: Asked, source: "read" | "notify"): OperationOutcome<Node> {
    const model = this.#modelOf(session, place);
    const outcome = reading(asked, ({ payload, contentFormat: format }) => {
      // Without a format the answer is taken to be what such a path is usually answered in.
      const assumed = place.resource === undefined ? contentFormat.tlv : contentFormat.text;
      return decodeContent(payload, format ?? assumed, place, model);
    });
    if (outcome.kind === "ok") {
      const { endpoint } = session.registration;
      const at = this.#options.clock.now().getTime();
      this.#options.onEvent({ kind: "value", endpoint, path: formatPath(place), node: outcome.value, source, at });
    }
    return outcome;
  }

  #modelOf(session: DeviceSession, path: Path): ObjectModel | undefined {
    return this.#models.find(session.registration, path.object);
  }
}

function exchange(session: DeviceSession, request: ExchangeRequest): Promise<ExchangeOutcome> {
  return new Promise((resolve) => session.exchange(request, resolve));
}

/** What CoAP says of a request, as the outcome of an operation. */
function asAsked(ended: ExchangeOutcome): Asked {
  if (ended.kind === "waited-out") return { kind: "timed-out" };
  if (ended.kind === "ended") return { kind: "unreachable", why: ended.why };
  const { outcome, roundTrip } = ended;
  switch (outcome.kind) {
    case "response":
      if (isSuccess(outcome.code)) return { kind: "ok", value: outcome, roundTrip };
      return {
        kind: "error",
        code: formatCode(outcome.code),
        message: messageOf(outcome.code, outcome.payload, outcome.contentFormat),
      };
    case "reset":
      return { kind: "unreachable", why: "The device rejected the message." };
    case "refused":
      return { kind: "unreachable", why: outcome.why };
    case "timed-out":
    case "cancelled":
      return outcome;
  }
}

function reading<T>(asked: Asked, read: (response: ResponseOutcome) => T): OperationOutcome<T> {
  if (asked.kind !== "ok") return asked;
  try {
    return { ...asked, value: read(asked.value) };
  } catch (error) {
    return { kind: "malformed", why: malformedFrom(error).message };
  }
}

function withoutValue(asked: Asked): OperationOutcome<void> {
  return asked.kind === "ok" ? { ...asked, value: undefined } : asked;
}

/** A bare value as the node that its path asks for; `undefined` where no single value can stand. */
function nodeOfValue(path: Path, value: ResourceValue): Node | undefined {
  if (path.resourceInstance !== undefined) {
    return { kind: "resource-instance", resourceInstance: path.resourceInstance, value };
  }
  return path.resource === undefined ? undefined : single(path.resource, value);
}

function isPath(text: string): boolean {
  try {
    parsePath(text);
    return true;
  } catch (error) {
    malformedFrom(error);
    return false;
  }
}
