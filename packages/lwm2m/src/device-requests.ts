import { BAD_OPTION, formatCode, NOT_ACCEPTABLE, UNSUPPORTED_CONTENT_FORMAT } from "@lamplighter/coap/code";
import type { CoapEndpoint, OutgoingRequest } from "@lamplighter/coap/endpoint";
import { type Asked, asAsked } from "./asked.ts";
import type { DeviceSession, LaneName, StartExchange } from "./device-session.ts";
import { malformedFrom } from "./malformed-input.ts";
import type { ObjectModel } from "./object-model.ts";
import type { DeviceModels } from "./object-version.ts";
import { type OperationOptions, waitMaxDefault } from "./operation-options.ts";
import type { OperationOutcome } from "./operation-outcome.ts";
import { type Path, parsePath } from "./path.ts";

/** Codes by which devices say that a content format is not theirs. 4.02: Accept is a critical option to them. */
const formatRefusals: readonly string[] = [NOT_ACCEPTABLE, UNSUPPORTED_CONTENT_FORMAT, BAD_OPTION].map(formatCode);

interface ExchangeOptions {
  readonly waitMax?: OperationOptions["waitMax"] | undefined;
  readonly onSent?: OperationOptions["onSent"] | undefined;
  readonly lane?: LaneName;
}

/** Sends requests to registered devices, each in its turn, and finds the content format that a device understands. */
export class DeviceRequests {
  readonly #endpoint: CoapEndpoint;
  readonly #models: DeviceModels;
  readonly #find: (endpoint: string) => DeviceSession | undefined;

  constructor(parts: {
    readonly endpoint: CoapEndpoint;
    readonly models: DeviceModels;
    readonly find: (endpoint: string) => DeviceSession | undefined;
  }) {
    this.#endpoint = parts.endpoint;
    this.#models = parts.models;
    this.#find = parts.find;
  }

  /** Runs an operation on a device that may be operated; says why not for any other. */
  async to<T>(
    endpoint: string,
    operate: (session: DeviceSession) => Promise<OperationOutcome<T>>,
  ): Promise<OperationOutcome<T>> {
    const session = this.#find(endpoint);
    if (!session) return { kind: "not-registered" };
    if (session.registration.pending) return { kind: "pending" };
    return operate(session);
  }

  /** The same for an operation at one place; a text that is no path is `invalid`. */
  async at<T>(
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
    return this.to(endpoint, (session) => operate(session, path));
  }

  /** Asks a device once. */
  ask(
    session: DeviceSession,
    request: Omit<OutgoingRequest, "peer">,
    { waitMax, transmission, onSent }: OperationOptions,
    lane: LaneName = "request",
  ): Promise<Asked> {
    // Address and alternate path are looked up when its turn has come: the device may have moved meanwhile.
    const start: StartExchange = (done) => {
      const { address, rootPath } = session.registration;
      const path = [...rootPath, ...request.path];
      return this.#endpoint.request({ ...request, peer: address, path, ...(transmission && { transmission }) }, done);
    };
    return this.exchange(session, start, { waitMax, onSent, lane });
  }

  /** Asks a device once about the root: composite requests go without a path (OMA TS Transport 1.1 §6.4.3). */
  askRoot(
    session: DeviceSession,
    request: Omit<OutgoingRequest, "peer" | "path">,
    { waitMax, transmission, onSent }: OperationOptions,
  ): Promise<Asked> {
    const start: StartExchange = (done) => {
      const peer = session.registration.address;
      return this.#endpoint.request({ ...request, peer, path: [], ...(transmission && { transmission }) }, done);
    };
    return this.exchange(session, start, { waitMax, onSent });
  }

  /** Waits for the device's turn and runs one exchange with it. */
  exchange(
    session: DeviceSession,
    start: StartExchange,
    { waitMax = waitMaxDefault, onSent, lane = "request" }: ExchangeOptions = {},
  ): Promise<Asked> {
    const leaving: StartExchange = (done) => {
      onSent?.();
      return start(done);
    };
    return new Promise((resolve) =>
      session.exchange({ start: onSent ? leaving : start, waitMax, lane }, (outcome) => resolve(asAsked(outcome))),
    );
  }

  /** Asks in one format after the other while the device says that it does not know them, and remembers which those are. */
  async inFormat(
    session: DeviceSession,
    formats: readonly number[],
    ask: (format: number) => Promise<Asked>,
  ): Promise<Asked> {
    const known = formats.filter((format) => !session.refusedFormats.includes(format));
    const order = [...known, ...formats.filter((format) => session.refusedFormats.includes(format))];
    let asked: Asked = { kind: "invalid", why: "There is no content format for this." };
    for (const format of order) {
      asked = await ask(format);
      if (asked.kind !== "error" || !formatRefusals.includes(asked.code)) return asked;
      session.refuseFormat(format);
    }
    return asked;
  }

  modelOf(session: DeviceSession, path: Path): ObjectModel | undefined {
    return this.#models.find(session.registration, path.object);
  }
}
