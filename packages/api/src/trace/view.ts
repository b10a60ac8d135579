import type { ObjectModel } from "@lamplighter/lwm2m/object-model";
import { codeName } from "@lamplighter/lwm2m/trace/code-name";
import { shownPath } from "@lamplighter/lwm2m/trace/secrets";
import { type ShownPayload, showPayload } from "@lamplighter/lwm2m/trace/shown-payload";
import type { TracedBlocks, TracedExchange, TracedMessage } from "@lamplighter/lwm2m/trace/traced-exchange";

export type { ShownPayload, ShownValue } from "@lamplighter/lwm2m/trace/shown-payload";

/** One message, as a person reads it. */
export interface TraceMessageView {
  readonly at: string;
  readonly type: "CON" | "NON" | "ACK" | "RST";
  /** `GET`, `2.05`. */
  readonly code: string;
  readonly messageId: number;
  readonly contentFormat: number | null;
  readonly observe: number | null;
  readonly payloadBytes: number;
  readonly payload: ShownPayload;
}

/** One exchange with a light. Comes again, under the same id, when it goes on. */
export interface TraceView {
  readonly id: number;
  /** With which of our servers the light spoke. */
  readonly server: TracedExchange["server"];
  readonly direction: TracedExchange["direction"];
  readonly kind: TracedExchange["kind"];
  readonly token: string;
  /** `/3/0/9`; `null` when it is not known. */
  readonly path: string | null;
  readonly query: string;
  readonly accept: number | null;
  readonly request: TraceMessageView;
  readonly response: TraceMessageView | null;
  /** Milliseconds from the first datagram to the answer; `null` while there is none. */
  readonly roundTrip: number | null;
  readonly acknowledged: boolean;
  readonly reset: boolean;
  readonly retransmissions: number;
  readonly blocks: TracedBlocks | null;
}

const types = ["CON", "NON", "ACK", "RST"] as const;
/** What a light's definitions and place say that decides how its payloads are read. */
export interface TraceReading {
  readonly modelOf: (object: number) => ObjectModel | undefined;
  /** The alternate path that the light registered with. */
  readonly rootPath: readonly string[];
}

/** An exchange for a screen: payloads taken apart, secrets left out. */
export function traceView(exchange: TracedExchange, { modelOf, rootPath }: TraceReading): TraceView {
  const { request, response } = exchange;
  // A bootstrap knows no alternate path: one that a light made up must not pass its accounts off as another object.
  const path =
    exchange.path && (exchange.server === "bootstrap" ? exchange.path : withoutRoot(exchange.path, rootPath));
  const shown = (message: TracedMessage): TraceMessageView => ({
    at: new Date(message.at).toISOString(),
    type: types[message.type],
    code: codeName(message.code),
    messageId: message.messageId,
    contentFormat: message.contentFormat ?? null,
    observe: message.observe ?? null,
    payloadBytes: message.payloadBytes,
    payload: showPayload({
      ...{ payload: message.payload, payloadBytes: message.payloadBytes, code: message.code, modelOf, path },
      format: message.contentFormat,
      nowSeconds: message.at / 1_000,
    }),
  });
  return {
    id: exchange.id,
    server: exchange.server,
    direction: exchange.direction,
    kind: exchange.kind,
    token: exchange.token,
    path: exchange.path ? shownPath(exchange.path) : null,
    query: exchange.query.join("&"),
    accept: exchange.accept ?? null,
    request: shown(request),
    response: response ? shown(response) : null,
    roundTrip: response ? response.at - request.at : null,
    acknowledged: exchange.acknowledgedAt !== undefined || response !== undefined,
    reset: exchange.resetAt !== undefined,
    retransmissions: exchange.retransmissions,
    blocks: exchange.blocks ?? null,
  };
}

function withoutRoot(path: readonly string[], root: readonly string[]): readonly string[] {
  return root.length > 0 && root.every((segment, at) => path[at] === segment) ? path.slice(root.length) : path;
}
