import type { Address } from "@lamplighter/runtime/datagram";
import { blockValue, readBlock } from "./block.ts";
import { type Block1Transfer, fitsBlocks, isLastBlock, nextBlock1 } from "./block1-transfer.ts";
import { addBlock2, type Block2Assembly, emptyAssembly } from "./block2-assembly.ts";
import { isSuccess, REQUEST_ENTITY_TOO_LARGE } from "./code.ts";
import { encodeMessage } from "./codec.ts";
import type { OutgoingRequest, RequestOutcome } from "./exchange.ts";
import type { BlockSize } from "./limits.ts";
import { ACK, CON, type CoapOption, type Message, NON, noBytes } from "./message.ts";
import { findOption, findUint, option, textOption, uint, uintOption, unknownCriticalOption } from "./option.ts";
import type { Peer, Tie, Turn } from "./peer.ts";
import { Alarm } from "./timing-wheel.ts";
import { tokenKey } from "./token.ts";
import { type Sender, Transmission } from "./transmission.ts";
import { sendBytes, type Wire } from "./wire.ts";

/** Where exchanges are found by their tokens, and told apart from observations. */
export interface ExchangeBook {
  enter(exchange: ClientExchange): void;
  leave(exchange: ClientExchange): void;
  freshToken(): Uint8Array;
}

export interface ExchangePlan {
  readonly request: OutgoingRequest;
  readonly token: Uint8Array;
  /** 0 to register an observation, 1 to end one. */
  readonly observe?: 0 | 1 | undefined;
  /** The blocks of a notification that came by itself: the exchange fetches what follows them. */
  readonly assembly?: { readonly state: Block2Assembly; readonly number: number; readonly size: BlockSize } | undefined;
  /** Sees each response before it is judged; for observations. */
  readonly onFirstResponse?: ((response: Message) => void) | undefined;
  readonly done: (outcome: RequestOutcome) => void;
}

/**
 * One request of ours from first transmission to outcome: as many messages as its blocks need, both ways.
 *
 * Takes a turn for each message it sends. Ends exactly once, by {@link finish}.
 */
export class ClientExchange implements Turn, Sender, Tie {
  readonly peer: Peer;
  readonly observe: 0 | 1 | undefined;
  token: Uint8Array;
  tokenKey: string;
  #wire: Wire;
  #book: ExchangeBook;
  #request: OutgoingRequest;
  #plan: ExchangePlan;
  #isConfirmable: boolean;
  #transmission: Transmission | undefined;
  /** Rings when the response does not come after an acknowledgement, or after a non-confirmable request. */
  #patience: Alarm;
  readonly #options: readonly CoapOption[];
  /** The Observe option of a first block, until the others are there. */
  #observed: CoapOption | undefined;
  #blockOptions: CoapOption[] | undefined;
  #transfer: Block1Transfer | undefined;
  #assembly: Block2Assembly;
  #block2: { readonly number: number; readonly size: BlockSize } | undefined;
  /** Whether all of the request has gone out, and only blocks of the response are still being fetched. */
  #isFetching = false;
  #isFinished = false;
  #messageId = -1;

  constructor(wire: Wire, book: ExchangeBook, peer: Peer, plan: ExchangePlan) {
    const { request } = plan;
    this.#wire = wire;
    this.#book = book;
    this.#plan = plan;
    this.#request = request;
    this.peer = peer;
    this.observe = plan.observe;
    this.token = plan.token;
    this.tokenKey = tokenKey(plan.token);
    this.#isConfirmable = request.confirmable ?? true;
    this.#options = requestOptions(request);
    this.#patience = new Alarm(() => this.#silence(this.#isConfirmable));
    this.#assembly = plan.assembly?.state ?? emptyAssembly;
    this.#block2 = plan.assembly ?? request.block2;
    this.#isFetching = plan.assembly !== undefined;
    const bytesTotal = request.payload?.length ?? 0;
    const size = request.blockSize ?? 1024;
    if (bytesTotal > size) this.#transfer = { offset: 0, size, bytesTotal };
  }

  get address(): Address {
    return this.peer.address;
  }

  /** Enters the books and asks for the first turn. */
  start(): void {
    this.#book.enter(this);
    this.peer.tie(this);
    if (!this.#wire.turns.ask(this.peer, this)) this.finish({ kind: "refused", why: "the queue is full" });
  }

  take(): void {
    const messageId = this.peer.nextMessageId();
    this.#messageId = messageId;
    const bytes = encodeMessage({
      type: this.#isConfirmable ? CON : NON,
      code: this.#request.method,
      messageId,
      token: this.token,
      options: this.#optionsNow(),
      payload: this.#payloadNow(),
    });
    if (this.#isConfirmable) {
      if (!this.#transmission) {
        const parameters = this.#request.transmission
          ? { ...this.#wire.transmission, ...this.#request.transmission }
          : this.#wire.transmission;
        this.#transmission = new Transmission(this.#wire, this, { parameters, takesTurn: true });
      }
      this.#transmission.send(this.peer, messageId, bytes);
    } else {
      this.#waitForResponse();
      sendBytes(this.#wire, this.peer, bytes);
    }
  }

  drop(): void {
    this.finish({ kind: "cancelled" });
  }

  peerForgotten(): void {
    this.finish({ kind: "cancelled" });
  }

  acknowledged(): void {
    this.#waitForResponse();
    this.#wire.turns.end(this.peer, this);
  }

  rejected(): void {
    this.finish({ kind: "reset" });
  }

  abandoned(): void {
    this.#silence(false);
  }

  /** Whether a reset with this message id speaks of our non-confirmable request. */
  isResetBy(messageId: number): boolean {
    return !this.#isConfirmable && !this.#isFinished && this.#messageId === messageId;
  }

  /** Takes a response that bears our token and comes from our peer. */
  respond(response: Message): void {
    if (response.type !== ACK && this.#isStale(response)) {
      this.#wire.counters.unexpected++;
      return;
    }
    this.#transmission?.stop();
    this.#wire.wheel.clear(this.#patience);
    const unknown = unknownCriticalOption(response.options);
    if (unknown !== undefined) {
      this.#wire.counters.unknownCriticalOptions++;
      this.finish({ kind: "refused", why: `the response has the unknown critical option ${unknown}` });
      return;
    }
    if (this.#transfer && !this.#isFetching) this.#takeBlock1Answer(this.#transfer, response);
    else if (this.#isTooLargeInOnePiece(response)) this.#resend();
    else this.#takeAnswer(response);
  }

  /** Ends the exchange, whatever it was doing. Only the first call counts. */
  finish(outcome: RequestOutcome): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    this.#transmission?.stop();
    this.#wire.wheel.clear(this.#patience);
    this.#book.leave(this);
    this.peer.untie(this);
    this.#wire.turns.end(this.peer, this);
    this.#plan.done(outcome);
  }

  #silence(isAcknowledged: boolean): void {
    this.#wire.counters.timeouts++;
    this.finish(isAcknowledged ? { kind: "timed-out", acknowledged: true } : { kind: "timed-out" });
  }

  #waitForResponse(): void {
    this.#wire.wheel.set(this.#patience, this.#request.responseTimeout ?? this.#wire.limits.responseTimeout);
  }

  /** A separate response to an earlier block that comes late: all blocks of a request share its token. */
  #isStale(response: Message): boolean {
    if (!this.#transfer || this.#isFetching) return false;
    const value = findOption(response.options, option.block1);
    return nextBlock1(this.#transfer, { code: response.code, block1: value && readBlock(value) }).kind === "stale";
  }

  /** Sends the next message of this exchange when our turn comes again. */
  #resend(): void {
    this.#wire.turns.askAgain(this.peer, this);
  }

  #takeBlock1Answer(transfer: Block1Transfer, response: Message): void {
    const value = findOption(response.options, option.block1);
    const verdict = nextBlock1(transfer, { code: response.code, block1: value && readBlock(value) });
    switch (verdict.kind) {
      case "next":
        this.#transfer = verdict.state;
        this.#request.onProgress?.({ bytesAcknowledged: verdict.state.offset, bytesTotal: transfer.bytesTotal });
        // Progress may have led the caller to cancel.
        if (this.#isFinished) return;
        this.#continueTransfer(verdict.state);
        return;
      case "smaller":
        this.#transfer = verdict.state;
        this.#continueTransfer(verdict.state);
        return;
      case "stale":
        this.finish({ kind: "refused", why: "the peer acknowledged a block that was not sent" });
        return;
      case "broken":
        this.finish({ kind: "refused", why: verdict.why });
        return;
      case "final":
        if (isLastBlock(transfer) && isSuccess(response.code)) {
          const { bytesTotal } = transfer;
          this.#request.onProgress?.({ bytesAcknowledged: bytesTotal, bytesTotal });
          if (this.#isFinished) return;
        }
        this.#takeAnswer(response);
    }
  }

  #continueTransfer(transfer: Block1Transfer): void {
    if (!fitsBlocks(transfer.bytesTotal, transfer.size)) {
      this.finish({ kind: "refused", why: "the payload has more blocks than can be numbered" });
    } else if (this.#request.mayContinue && !this.#request.mayContinue()) {
      this.finish({ kind: "cancelled" });
    } else {
      this.#resend();
    }
  }

  /** 4.13 to a request that went out in one piece, with a block size in it: the peer wants blocks (RFC 7959 §2.9.3). */
  #isTooLargeInOnePiece(response: Message): boolean {
    if (response.code !== REQUEST_ENTITY_TOO_LARGE || this.#transfer || this.#isFetching) return false;
    const value = findOption(response.options, option.block1);
    const block = value && readBlock(value);
    const bytesTotal = this.#request.payload?.length ?? 0;
    if (!block || block.size >= bytesTotal) return false;
    this.#transfer = { offset: 0, size: block.size, bytesTotal };
    return true;
  }

  #takeAnswer(response: Message): void {
    if (!this.#isFetching) this.#plan.onFirstResponse?.(response);
    if (this.#isFinished) return;
    const value = findOption(response.options, option.block2);
    if (!value) {
      if (this.#assembly.newest && isSuccess(response.code)) {
        this.finish({ kind: "refused", why: "a block was asked for and the answer has none" });
      } else {
        this.#finishWith(response, response.payload);
      }
      return;
    }
    const block = readBlock(value);
    if (!block) {
      this.finish({ kind: "refused", why: "the response has a reserved block size" });
      return;
    }
    if (this.#request.block2) {
      const isAsked = block.number * block.size === this.#request.block2.number * this.#request.block2.size;
      if (isAsked) this.#finishWith(response, response.payload);
      else this.finish({ kind: "refused", why: `block ${block.number} came, which was not asked for` });
      return;
    }
    const etag = findOption(response.options, option.etag);
    const part = { code: response.code, block, etag, payload: response.payload };
    const verdict = addBlock2(this.#assembly, part, this.#wire.limits.responseBytesMax);
    if (verdict.kind === "broken") {
      this.finish({ kind: "refused", why: verdict.why });
    } else if (verdict.kind === "complete") {
      this.#finishWith(response, verdict.payload);
    } else {
      if (!this.#isFetching) this.#observed = response.options.find(({ number }) => number === option.observe);
      this.#assembly = verdict.state;
      this.#block2 = { number: verdict.number, size: verdict.size };
      this.#isFetching = true;
      // A token of its own for each block: an observation keeps the first one (RFC 7959 §3.4), and an answer that
      // comes late cannot be taken for the next block's.
      this.#book.leave(this);
      this.token = this.#book.freshToken();
      this.tokenKey = tokenKey(this.token);
      this.#book.enter(this);
      this.#resend();
    }
  }

  #finishWith({ code, options }: Message, payload: Uint8Array): void {
    const contentFormat = findUint(options, option.contentFormat);
    this.finish({
      kind: "response",
      code,
      payload,
      // Only the first block of a response says that it is observed (RFC 7959 §3.4); the whole response still is.
      options: this.#observed && !findOption(options, option.observe) ? [this.#observed, ...options] : options,
      ...(contentFormat === undefined ? {} : { contentFormat }),
    });
  }

  #optionsNow(): readonly CoapOption[] {
    const observe = this.#isFetching ? undefined : this.observe;
    const transfer = this.#isFetching ? undefined : this.#transfer;
    if (observe === undefined && !transfer && !this.#block2) return this.#options;
    if (transfer && transfer.offset > 0 && observe === undefined && !this.#block2) {
      const value = blockValue(transfer.offset / transfer.size, !isLastBlock(transfer), transfer.size);
      // From the second block on only the last option changes, and the message before is encoded already.
      this.#blockOptions ??= [...this.#options, { number: option.block1, value }];
      this.#blockOptions[this.#options.length] = { number: option.block1, value };
      return this.#blockOptions;
    }
    const options: CoapOption[] = observe === undefined ? [] : [uintOption(option.observe, observe)];
    for (const each of this.#options) options.push(each);
    if (this.#block2) {
      options.push({ number: option.block2, value: blockValue(this.#block2.number, false, this.#block2.size) });
    }
    if (transfer) {
      const value = blockValue(transfer.offset / transfer.size, !isLastBlock(transfer), transfer.size);
      options.push({ number: option.block1, value });
      if (transfer.offset === 0) options.push({ number: option.size1, value: uint(transfer.bytesTotal) });
    }
    return options;
  }

  #payloadNow(): Uint8Array {
    const { payload } = this.#request;
    if (!payload) return noBytes;
    if (!this.#transfer) return payload;
    // The blocks of the request are with the peer already; asking for blocks of the response does not repeat them.
    if (this.#isFetching) return noBytes;
    return payload.subarray(this.#transfer.offset, this.#transfer.offset + this.#transfer.size);
  }
}

/** The options of a request that stay the same over all its blocks, in ascending order. */
function requestOptions({ path, query, contentFormat, accept }: OutgoingRequest): readonly CoapOption[] {
  const options: CoapOption[] = [];
  for (const segment of path) options.push(textOption(option.uriPath, segment));
  if (contentFormat !== undefined) options.push(uintOption(option.contentFormat, contentFormat));
  for (const term of query ?? []) options.push(textOption(option.uriQuery, term));
  if (accept !== undefined) options.push(uintOption(option.accept, accept));
  return options;
}
