import { invariant } from "@lamplighter/runtime/invariant";
import { AnswerBlocks } from "./answer-blocks.ts";
import { blockValue } from "./block.ts";
import { Block1Reassemblies } from "./block1-reassembly.ts";
import {
  BAD_REQUEST,
  CONTINUE,
  FETCH,
  GET,
  INTERNAL_SERVER_ERROR,
  IPATCH,
  METHOD_NOT_ALLOWED,
  NOT_FOUND,
  REQUEST_ENTITY_INCOMPLETE,
  REQUEST_ENTITY_TOO_LARGE,
  SERVICE_UNAVAILABLE,
} from "./code.ts";
import { encodeMessage } from "./codec.ts";
import type { IncomingRequest, NotificationOutcome, OutgoingResponse, Subscriber } from "./exchange.ts";
import type { BlockSize } from "./limits.ts";
import { ACK, CON, type Message, NON, noBytes, RST } from "./message.ts";
import { option, uintOption } from "./option.ts";
import type { Peer } from "./peer.ts";
import { readRequestOptions } from "./request-options.ts";
import { SeparateResponse } from "./separate-response.ts";
import { type Answerer, bodyKey, ServerRequest } from "./server-request.ts";
import { Subscriptions } from "./subscriptions.ts";
import { emptyMessage, sendBytes, type Wire } from "./wire.ts";

/** Seconds after which a peer turned away for lack of room may come again. */
const retryAfterSeconds = 5;

/** The server half of an endpoint: their requests, our answers, and our notifications to those who observe. */
export class Responder implements Answerer {
  readonly #wire: Wire;
  readonly #reassemblies: Block1Reassemblies;
  readonly #blocks: AnswerBlocks;
  readonly #subscriptions: Subscriptions;
  #handler: ((request: IncomingRequest) => void) | undefined;

  constructor(wire: Wire) {
    this.#wire = wire;
    this.#reassemblies = new Block1Reassemblies(wire.limits);
    this.#blocks = new AnswerBlocks(wire);
    this.#subscriptions = new Subscriptions(wire, this.#blocks);
  }

  set handler(handler: (request: IncomingRequest) => void) {
    this.#handler = handler;
  }

  get subscriptionCount(): number {
    return this.#subscriptions.size;
  }

  takeRequest(peer: Peer, message: Message): void {
    const { seen, counters } = this.#wire;
    const now = this.#wire.clock.monotonic();
    const isConfirmable = message.type === CON;
    const { messageId } = message;
    if (seen.has(peer.id, messageId, now)) {
      counters.duplicates++;
      // A repeated non-confirmable message is ignored in silence (RFC 7252 §4.5).
      const before = isConfirmable ? seen.answerTo(peer.id, messageId) : undefined;
      if (before) sendBytes(this.#wire, peer, before);
      return;
    }
    seen.remember(peer.id, messageId, isConfirmable, now);
    const options = readRequestOptions(message.options);
    if ("refuse" in options) {
      if (options.unknown !== undefined) counters.unknownCriticalOptions++;
      // RFC 7252 §5.4.1: a non-confirmable message is rejected.
      const answer = isConfirmable
        ? encodeMessage({ ...message, type: ACK, code: options.refuse, options: [], payload: noBytes })
        : emptyMessage(RST, messageId);
      seen.keepAnswer(peer.id, messageId, answer);
      sendBytes(this.#wire, peer, answer);
      return;
    }
    const request = new ServerRequest(this, { host: peer, message, options });
    if (message.code > IPATCH) request.respond({ code: METHOD_NOT_ALLOWED });
    else if (options.block1) this.#takeBlock(request, now);
    else if (request.payload.length > this.#wire.limits.blockSizeMax && this.#wire.limits.blockSizeMax < 1024) {
      this.#askForBlocks(request);
    } else this.#takeWhole(request, now);
  }

  #takeBlock(request: ServerRequest, now: number): void {
    const { block1: block, size1: announced } = request.options;
    invariant(block, "only requests with Block1 come here");
    const key = bodyKey(request.host.id, request.method, request.options);
    const verdict = this.#reassemblies.add({ key, block, payload: request.payload, announced }, now);
    switch (verdict.kind) {
      case "continue": {
        const size = Math.min(block.size, this.#wire.limits.blockSizeMax) as BlockSize;
        const value = blockValue(block.number, true, size);
        request.respond({ code: CONTINUE, options: [{ number: option.block1, value }] });
        return;
      }
      case "complete":
        request.payload = verdict.payload;
        request.blocks = verdict.blocks;
        this.#takeWhole(request, now);
        return;
      case "incomplete":
        request.respond({ code: REQUEST_ENTITY_INCOMPLETE });
        return;
      case "too-large":
        request.respond({ code: REQUEST_ENTITY_TOO_LARGE, options: [uintOption(option.size1, verdict.bytesMax)] });
        return;
      case "busy":
        request.respond({ code: SERVICE_UNAVAILABLE, maxAge: retryAfterSeconds });
        return;
      case "bad-block":
        request.respond({ code: BAD_REQUEST });
    }
  }

  /** The payload came in one piece larger than we take: 4.13 with the block size we want (RFC 7959 §2.9.3). */
  #askForBlocks(request: ServerRequest): void {
    const value = blockValue(0, true, this.#wire.limits.blockSizeMax);
    request.respond({ code: REQUEST_ENTITY_TOO_LARGE, options: [{ number: option.block1, value }] });
  }

  #takeWhole(request: ServerRequest, now: number): void {
    const { block2 } = request.options;
    if (block2 && block2.number > 0) {
      const kept = this.#blocks.find(request, now);
      if (kept) {
        request.respond({ code: kept.code, payload: kept.payload, options: kept.options });
        return;
      }
      if (request.method !== GET && request.method !== FETCH) {
        // Asking the handler again would act again.
        request.respond({ code: REQUEST_ENTITY_INCOMPLETE });
        return;
      }
    }
    this.#subscriptions.note(request);
    this.#ask(request);
  }

  #ask(request: ServerRequest): void {
    if (!this.#handler) {
      request.respond({ code: NOT_FOUND });
      return;
    }
    try {
      this.#handler(request);
    } catch (error) {
      // A handler's failure on one request must not end the process for all other devices.
      this.#wire.counters.handlerFailures++;
      this.#wire.log.error("a CoAP request handler failed", { error, path: request.path, peer: request.peer });
      if (!request.isAnswered) request.respond({ code: INTERNAL_SERVER_ERROR });
    }
    if (!request.isAnswered && request.confirmable) {
      this.#wire.wheel.set(request.slowAlarm(), this.#wire.limits.acknowledgeAfter);
    }
  }

  acknowledgeFirst(request: ServerRequest): void {
    if (request.isAnswered) return;
    request.isAcknowledged = true;
    const { host, message } = request;
    const answer = emptyMessage(ACK, message.messageId);
    this.#wire.seen.keepAnswer(host.id, message.messageId, answer);
    sendBytes(this.#wire, host, answer);
  }

  answer(request: ServerRequest, response: OutgoingResponse): void {
    const { host, message, alarm } = request;
    if (alarm) this.#wire.wheel.clear(alarm);
    const observe = this.#subscriptions.settle(request, response);
    const { code, options, payload } = this.#blocks.ofAnswer(request, response, observe);
    if (request.confirmable && !request.isAcknowledged) {
      const { messageId, token } = message;
      const bytes = encodeMessage({ type: ACK, code, messageId, token, options, payload });
      this.#wire.seen.keepAnswer(host.id, messageId, bytes);
      sendBytes(this.#wire, host, bytes);
      return;
    }
    const messageId = host.nextMessageId();
    const type = request.confirmable ? CON : NON;
    const bytes = encodeMessage({ type, code, messageId, token: message.token, options, payload });
    if (request.confirmable) new SeparateResponse(this.#wire, request).send(host, messageId, bytes);
    else sendBytes(this.#wire, host, bytes);
  }

  notify(
    subscriber: Subscriber,
    response: OutgoingResponse & { readonly confirmable?: boolean },
    done?: (outcome: NotificationOutcome) => void,
  ): void {
    this.#subscriptions.notify(subscriber, response, done);
  }

  /** A reset to a non-confirmable notification ends its subscription (RFC 7641 §3.6). False when it speaks of none. */
  takeReset(peer: Peer, messageId: number): boolean {
    return this.#subscriptions.takeReset(peer, messageId);
  }
}
