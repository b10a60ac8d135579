import type { Address } from "@lamplighter/runtime/datagram";
import { invariant } from "@lamplighter/runtime/invariant";
import type { Block } from "./block.ts";
import type { IncomingRequest, OutgoingResponse, Subscriber } from "./exchange.ts";
import { CON, type Message } from "./message.ts";
import type { Peer } from "./peer.ts";
import type { RequestOptions } from "./request-options.ts";
import { Alarm } from "./timing-wheel.ts";

/** Who answers a request on the wire. */
export interface Answerer {
  answer(request: ServerRequest, response: OutgoingResponse): void;
  acknowledgeFirst(request: ServerRequest): void;
}

/** A request on its way through a handler. */
export class ServerRequest implements IncomingRequest {
  readonly host: Peer;
  readonly message: Message;
  readonly options: RequestOptions;
  payload: Uint8Array;
  blocks = 1;
  subscriber: Subscriber | undefined = undefined;
  /** An empty acknowledgement went out; the answer is a message of its own. */
  isAcknowledged = false;
  isAnswered = false;
  alarm: Alarm | undefined = undefined;
  readonly #answerer: Answerer;

  constructor(
    answerer: Answerer,
    { host, message, options }: { host: Peer; message: Message; options: RequestOptions },
  ) {
    this.#answerer = answerer;
    this.host = host;
    this.message = message;
    this.options = options;
    this.payload = message.payload;
  }

  get peer(): Address {
    return this.host.address;
  }

  get method(): number {
    return this.message.code;
  }

  get confirmable(): boolean {
    return this.message.type === CON;
  }

  get token(): Uint8Array {
    return this.message.token;
  }

  get path(): readonly string[] {
    return this.options.path;
  }

  get query(): readonly string[] {
    return this.options.query;
  }

  get contentFormat(): number | undefined {
    return this.options.contentFormat;
  }

  get accept(): number | undefined {
    return this.options.accept;
  }

  get observe(): number | undefined {
    return this.options.observe;
  }

  get block2(): Block | undefined {
    return this.options.block2;
  }

  respond(response: OutgoingResponse, whenSent?: () => void): void {
    invariant(!this.isAnswered, "a request is answered once");
    this.isAnswered = true;
    this.#answerer.answer(this, response);
    whenSent?.();
  }

  /** Makes the alarm that sends the empty acknowledgement; only a request that its handler keeps needs one. */
  slowAlarm(): Alarm {
    this.alarm ??= new Alarm(() => this.#answerer.acknowledgeFirst(this));
    return this.alarm;
  }
}

/** Names a peer's request for blocks of one body: method, path, query and Accept (RFC 7959 §2.4, RFC 7252 §5.4.2). */
export function bodyKey(
  peerId: number,
  method: number,
  options: Pick<RequestOptions, "path" | "query" | "accept">,
): string {
  // Segments may contain any character, so each is written with its length.
  let key = `${peerId} ${method} ${options.accept ?? ""}`;
  for (const segment of options.path) key += `/${segment.length}:${segment}`;
  for (const term of options.query) key += `?${term.length}:${term}`;
  return key;
}
