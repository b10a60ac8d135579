import { blockValue } from "./block.ts";
import { BAD_OPTION, isSuccess } from "./code.ts";
import type { OutgoingResponse } from "./exchange.ts";
import { etagOf, type LargeAnswer, LargeAnswers } from "./large-answers.ts";
import type { BlockSize } from "./limits.ts";
import { type CoapOption, noBytes } from "./message.ts";
import { option, textOption, uint, uintOption } from "./option.ts";
import { bodyKey, type ServerRequest } from "./server-request.ts";
import type { Subscription } from "./subscription.ts";
import type { Wire } from "./wire.ts";

/** A response as one message carries it. */
export interface CutResponse {
  readonly code: number;
  readonly options: readonly CoapOption[];
  readonly payload: Uint8Array;
}

/** Cuts answers and notifications that are larger than one block, and keeps them for the blocks still to be asked for (RFC 7959 §2.4). */
export class AnswerBlocks {
  readonly #wire: Wire;
  readonly #kept: LargeAnswers;

  constructor(wire: Wire) {
    this.#wire = wire;
    this.#kept = new LargeAnswers(wire.limits);
  }

  /** The answer that a request for a further block belongs to, if it is still there. */
  find(request: ServerRequest, now: number): LargeAnswer | undefined {
    return this.#kept.find(bodyKey(request.host.id, request.method, request.options), now);
  }

  /** The options and payload to send: the block asked for, when the payload is larger than one block. */
  ofAnswer(
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
    base.push({ number: option.etag, value: response.etag ?? this.#keep(key, response).etag });
    base.push({ number: option.block2, value: blockValue(number, end < payload.length, size) });
    if (number === 0) base.push({ number: option.size2, value: uint(payload.length) });
    return { code: response.code, options: base, payload: payload.subarray(begin, end) };
  }

  /** Keeps an answer for its further blocks; the one there already, when it is the same. */
  #keep(key: string, response: OutgoingResponse): LargeAnswer {
    const now = this.#wire.clock.monotonic();
    const payload = response.payload ?? noBytes;
    const former = this.#kept.find(key, now);
    if (former?.payload === payload) return former;
    const options = responseOptions(response, undefined);
    const answer = { code: response.code, options, payload, etag: etagOf(payload) };
    this.#kept.keep(key, answer, now);
    return answer;
  }

  /** The first block of a notification. */
  ofNotification(subscription: Subscription, response: OutgoingResponse, observe: number | undefined): CutResponse {
    const payload = response.payload ?? noBytes;
    const base = responseOptions(response, observe);
    const size = this.#wire.limits.blockSizeMax;
    if (payload.length <= size) return { code: response.code, options: base, payload };
    const key = bodyKey(subscription.host.id, subscription.method, subscription);
    return this.#cut({ key, response, payload, base, number: 0, size });
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
