import { invariant } from "@lamplighter/runtime/invariant";
import { blockValue } from "./block.ts";
import { Block1Reassemblies } from "./block1-reassembly.ts";
import {
  BAD_OPTION,
  BAD_REQUEST,
  CONTINUE,
  FETCH,
  GET,
  INTERNAL_SERVER_ERROR,
  IPATCH,
  isSuccess,
  METHOD_NOT_ALLOWED,
  NOT_FOUND,
  REQUEST_ENTITY_INCOMPLETE,
  REQUEST_ENTITY_TOO_LARGE,
  SERVICE_UNAVAILABLE,
} from "./code.ts";
import { encodeMessage } from "./codec.ts";
import type { IncomingRequest, NotificationOutcome, OutgoingResponse, Subscriber } from "./exchange.ts";
import { etagOf, LargeAnswers } from "./large-answers.ts";
import type { BlockSize } from "./limits.ts";
import { ACK, CON, type CoapOption, type Message, NON, noBytes, RST } from "./message.ts";
import { option, textOption, uint, uintOption } from "./option.ts";
import type { Peer } from "./peer.ts";
import { readRequestOptions } from "./request-options.ts";
import { type Answerer, bodyKey, ServerRequest } from "./server-request.ts";
import { ConfirmableNotification, Subscription } from "./subscription.ts";
import { tokenKey } from "./token.ts";
import { type Sender, Transmission } from "./transmission.ts";
import { emptyMessage, sendBytes, type Wire } from "./wire.ts";

/** Seconds after which a peer turned away for lack of room may come again. */
const retryAfterSeconds = 5;

interface CutResponse {
  readonly code: number;
  readonly options: readonly CoapOption[];
  readonly payload: Uint8Array;
}

/** The server half of an endpoint: their requests, our answers, and our notifications to those who observe. */
export class Responder implements Answerer {
  readonly #wire: Wire;
  readonly #reassemblies: Block1Reassemblies;
  readonly #largeAnswers: LargeAnswers;
  readonly #subscriptions = new Map<string, Subscription>();
  #handler: ((request: IncomingRequest) => void) | undefined;

  constructor(wire: Wire) {
    this.#wire = wire;
    this.#reassemblies = new Block1Reassemblies(wire.limits);
    this.#largeAnswers = new LargeAnswers(wire.limits);
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
      const key = bodyKey(request.host.id, request.method, request.options);
      const kept = this.#largeAnswers.find(key, now);
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
    this.#noteObserver(request);
    this.#ask(request);
  }

  #noteObserver(request: ServerRequest): void {
    const { observe, path, query, accept } = request.options;
    if (observe === undefined || (request.method !== GET && request.method !== FETCH)) return;
    const key = `${request.host.id} ${tokenKey(request.token)}`;
    this.#subscriptions.get(key)?.end();
    if (observe !== 0 || this.#subscriptions.size >= this.#wire.limits.subscribersMax) return;
    request.subscriber = new Subscription(
      { host: request.host, token: request.token.slice(), path, query, method: request.method, accept, key },
      (over) => {
        if (this.#subscriptions.get(over.key) === over) this.#subscriptions.delete(over.key);
      },
    );
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
    const observe = this.#settleObserver(request, response);
    const { code, options, payload } = this.#firstBlock(request, response, observe);
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

  /** Starts or drops the subscription that the request asked for; the Observe value of the answer, if any. */
  #settleObserver({ subscriber, host }: ServerRequest, response: OutgoingResponse): number | undefined {
    if (!(subscriber instanceof Subscription)) return undefined;
    if (response.observe === undefined || !isSuccess(response.code)) {
      subscriber.end();
      return undefined;
    }
    this.#subscriptions.set(subscriber.key, subscriber);
    host.tie(subscriber);
    return subscriber.takeSequence(response.observe);
  }

  /** The options and payload to send: the block asked for, when the payload is larger than one block. */
  #firstBlock(
    { host, method, options: asked }: ServerRequest,
    response: OutgoingResponse,
    observe: number | undefined,
  ): CutResponse {
    const payload = response.payload ?? noBytes;
    const { block1, block2 } = asked;
    const sizeMax = this.#wire.limits.blockSizeMax;
    const size = block2 && block2.size < sizeMax ? block2.size : sizeMax;
    const base = responseOptions(response, observe);
    if (block1 && !response.options?.some(({ number }) => number === option.block1)) {
      base.push({ number: option.block1, value: blockValue(block1.number, false, block1.size) });
    }
    const number = block2?.number ?? 0;
    if (number > 0 && !isSuccess(response.code)) return { code: response.code, options: base, payload };
    // A block beyond the end: the option asks for what is not there.
    if (number > 0 && number * size >= payload.length) return { code: BAD_OPTION, options: [], payload: noBytes };
    if (payload.length <= size && number === 0) return { code: response.code, options: base, payload };
    return this.#cut({ key: bodyKey(host.id, method, asked), response, payload, base, number, size });
  }

  #cut(body: {
    key: string;
    response: OutgoingResponse;
    payload: Uint8Array;
    base: CoapOption[];
    number: number;
    size: BlockSize;
  }): CutResponse {
    const { key, response, payload, base, number, size } = body;
    const begin = number * size;
    const end = Math.min(begin + size, payload.length);
    const now = this.#wire.clock.monotonic();
    let answer = this.#largeAnswers.find(key, now);
    if (!answer || answer.payload !== payload) {
      answer = { code: response.code, options: responseOptions(response, undefined), payload, etag: etagOf(payload) };
      this.#largeAnswers.keep(key, answer, now);
    }
    base.push({ number: option.etag, value: answer.etag });
    base.push({ number: option.block2, value: blockValue(number, end < payload.length, size) });
    if (number === 0) base.push({ number: option.size2, value: uint(payload.length) });
    return { code: response.code, options: base, payload: payload.subarray(begin, end) };
  }

  notify(
    subscriber: Subscriber,
    response: OutgoingResponse & { readonly confirmable?: boolean },
    done?: (outcome: NotificationOutcome) => void,
  ): void {
    invariant(subscriber instanceof Subscription, "a subscriber comes from a request");
    const host = subscriber.host;
    if (!subscriber.live) {
      done?.("rejected");
      return;
    }
    const isLast = !isSuccess(response.code);
    const observe = isLast ? undefined : subscriber.takeSequence(response.observe);
    const { options, payload } = this.#firstNotificationBlock(subscriber, response, observe);
    const encode = (type: typeof CON, messageId: number) =>
      encodeMessage({ type, code: response.code, messageId, token: subscriber.token, options, payload });
    if (response.confirmable ?? true) {
      const notification = new ConfirmableNotification(this.#wire, subscriber, {
        encode: (messageId) => encode(CON, messageId),
        done: (outcome) => {
          if (isLast) subscriber.end();
          done?.(outcome);
        },
      });
      if (!this.#wire.turns.ask(host, notification)) done?.("timed-out");
      return;
    }
    const messageId = host.nextMessageId();
    host.noteNotification(messageId, subscriber);
    sendBytes(this.#wire, host, encode(NON, messageId));
    if (isLast) subscriber.end();
    done?.("delivered");
  }

  #firstNotificationBlock(
    subscription: Subscription,
    response: OutgoingResponse,
    observe: number | undefined,
  ): CutResponse {
    const payload = response.payload ?? noBytes;
    const base = responseOptions(response, observe);
    const size = this.#wire.limits.blockSizeMax;
    if (payload.length <= size) return { code: response.code, options: base, payload };
    const key = bodyKey(subscription.host.id, subscription.method, subscription);
    return this.#cut({ key, response, payload, base, number: 0, size });
  }

  /** A reset to a non-confirmable notification ends its subscription (RFC 7641 §3.6). False when it speaks of none. */
  takeReset(peer: Peer, messageId: number): boolean {
    const subscription = peer.notificationOf(messageId);
    if (!(subscription instanceof Subscription)) return false;
    subscription.end();
    return true;
  }
}

/** A response that follows its request's empty acknowledgement, as a confirmable message of its own (RFC 7252 §5.2.2). */
class SeparateResponse implements Sender {
  readonly #wire: Wire;
  readonly #transmission: Transmission;
  readonly #request: ServerRequest;

  constructor(wire: Wire, request: ServerRequest) {
    this.#wire = wire;
    this.#request = request;
    this.#transmission = new Transmission(wire, this, { parameters: wire.transmission, takesTurn: false });
  }

  send(peer: Peer, messageId: number, bytes: Uint8Array): void {
    this.#transmission.send(peer, messageId, bytes);
  }

  acknowledged(): void {}

  rejected(): void {
    this.#endSubscription();
  }

  abandoned(): void {
    this.#wire.counters.timeouts++;
    this.#endSubscription();
  }

  // Who does not take the first answer does not take the following ones either.
  #endSubscription(): void {
    if (this.#request.subscriber instanceof Subscription) this.#request.subscriber.end();
  }
}

function responseOptions(response: OutgoingResponse, observe: number | undefined): CoapOption[] {
  const { contentFormat, locationPath, maxAge, options } = response;
  const list: CoapOption[] = [];
  if (observe !== undefined) list.push(uintOption(option.observe, observe));
  if (locationPath) for (const segment of locationPath) list.push(textOption(option.locationPath, segment));
  if (contentFormat !== undefined) list.push(uintOption(option.contentFormat, contentFormat));
  if (maxAge !== undefined) list.push(uintOption(option.maxAge, maxAge));
  if (options) for (const each of options) list.push(each);
  return list;
}
