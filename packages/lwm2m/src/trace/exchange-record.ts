import { type Block, readBlock } from "@lamplighter/coap/block";
import { isRequest, isResponse } from "@lamplighter/coap/code";
import { decodeMessage, MalformedMessage } from "@lamplighter/coap/codec";
import { ACK, type CoapOption, type Message, NON, noBytes, RST } from "@lamplighter/coap/message";
import { findOption, findUint, option, readText } from "@lamplighter/coap/option";
import { exchangeMilliseconds, traceLimits } from "./trace-limits.ts";
import type { TracedBlocks, TracedExchange, TracedMessage, TracedServer } from "./traced-exchange.ts";

type Direction = TracedExchange["direction"];
/** Who sent a message, and with which of our servers the device speaks: message ids and tokens count for both together. */
interface From {
  readonly direction: Direction;
  readonly server: TracedServer;
}
/** What changes in an exchange as it goes on. */
type Change = Partial<
  Pick<TracedExchange, "response" | "acknowledgedAt" | "resetAt" | "retransmissions" | "blocks" | "request">
>;

/**
 * Puts the datagrams of one device together to exchanges: requests with their answers, notifications with the request that
 * asked for them, repetitions counted, the blocks of a transfer as one.
 *
 * Knows no clock and no socket. Bounded by `traceLimits`: the oldest exchanges go first.
 */
export class ExchangeRecord {
  readonly #exchanges = new Map<number, TracedExchange>();
  /** The exchange that a message id belongs to, by who sent the message. */
  readonly #byMessage = new Map<string, number>();
  /** The newest exchange of a token, by who asked. */
  readonly #byToken = new Map<string, number>();
  /** Tells what an observation under a token is about that began before the recording. */
  readonly #observedUnder: (token: string) => string | undefined;
  #lastId = 0;
  #revision = 0;
  #bytes = 0;

  constructor(observedUnder: (token: string) => string | undefined = () => undefined) {
    this.#observedUnder = observedUnder;
  }

  get revision(): number {
    return this.#revision;
  }

  get size(): number {
    return this.#exchanges.size;
  }

  /** Payload bytes that are kept. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The exchanges that changed after a revision, the oldest first. */
  since(revision: number): TracedExchange[] {
    return [...this.#exchanges.values()].filter((exchange) => exchange.revision > revision);
  }

  /** Takes one datagram; `at` in milliseconds since 1970. Never throws. */
  take(direction: "received" | "sent", at: number, datagram: Uint8Array, server: TracedServer = "management"): void {
    const from: From = { direction: direction === "sent" ? "to-device" : "from-device", server };
    let message: Message;
    try {
      message = decodeMessage(datagram);
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error;
      const request = { at, type: NON, code: 0, messageId: 0, ...kept(datagram, datagram.length) };
      this.#add({ ...from, kind: "malformed", token: "", path: undefined, query: [], request });
      return;
    }
    if (message.code === 0) this.#takeEmpty(from, at, message);
    else if (isRequest(message.code)) this.#takeRequest(from, at, message);
    else if (isResponse(message.code)) this.#takeResponse(from, at, message);
  }

  #takeRequest(from: From, at: number, message: Message): void {
    const earlier = this.#find(this.#byMessage, messageKey(from, message.messageId));
    if (earlier && at - earlier.request.at < exchangeMilliseconds && earlier.token === hex(message.token)) {
      this.#change(earlier, { retransmissions: earlier.retransmissions + 1 });
      return;
    }
    const path = texts(message.options, option.uriPath);
    const block = blockOf(message.options);
    const tokenAt = tokenKey(from, message.token);
    const transfer = this.#find(this.#byToken, tokenAt) ?? this.#continued(from, message, path, block);
    const request = traced(at, message, payloadKept(path, block));
    if (block && block.number > 0 && transfer?.blocks && samePath(transfer.path, path)) {
      const bytes = transfer.request.payloadBytes + message.payload.length;
      this.#note(from, message.messageId, transfer.id);
      this.#byToken.set(tokenAt, transfer.id);
      this.#change(transfer, {
        request: { ...transfer.request, payloadBytes: bytes },
        blocks: advanced(transfer.blocks, block),
      });
      return;
    }
    const exchange = this.#add({
      ...from,
      kind: "request",
      token: hex(message.token),
      path,
      query: texts(message.options, option.uriQuery),
      accept: findUint(message.options, option.accept),
      request,
      ...(block && { blocks: begun(block) }),
    });
    this.#note(from, message.messageId, exchange.id);
    this.#byToken.set(tokenAt, exchange.id);
  }

  #takeResponse(from: From, at: number, message: Message): void {
    const asker = other(from);
    const exchange =
      (message.type === ACK ? this.#find(this.#byMessage, messageKey(asker, message.messageId)) : undefined) ??
      this.#find(this.#byToken, tokenKey(asker, message.token));
    const isRepeated = exchange && this.#find(this.#byMessage, messageKey(from, message.messageId)) !== undefined;
    if (isRepeated && message.type !== ACK) return;
    const isObserved = findOption(message.options, option.observe) !== undefined;
    if (message.type !== ACK && (!exchange || (exchange.response && isObserved))) {
      this.#takeNotification(from, at, { message, exchange });
      return;
    }
    if (!exchange) return;
    const block = blockOf(message.options);
    const before = exchange.blocks && exchange.blocks.option === 2 ? exchange.response : undefined;
    const response = traced(at, message, payloadKept(exchange.path, block));
    const isRepetition = before !== undefined && before.messageId === message.messageId;
    if (message.type !== ACK) this.#note(from, message.messageId, exchange.id);
    this.#change(exchange, {
      response:
        before && block && block.number > 0 && !isRepetition
          ? { ...before, at, messageId: message.messageId, payloadBytes: before.payloadBytes + message.payload.length }
          : response,
      ...(block && block.option === 2 && { blocks: exchange.blocks ? advanced(exchange.blocks, block) : begun(block) }),
    });
  }

  #takeNotification(
    from: From,
    at: number,
    { message, exchange: asked }: { message: Message; exchange: TracedExchange | undefined },
  ): void {
    const block = blockOf(message.options);
    const token = hex(message.token);
    const path = asked?.path ?? pathOf(this.#observedUnder(token));
    const exchange = this.#add({
      ...from,
      kind: "notification",
      token,
      path,
      query: [],
      accept: asked?.accept,
      request: traced(at, message, payloadKept(path, block)),
      ...(block && { blocks: begun(block) }),
    });
    this.#note(from, message.messageId, exchange.id);
  }

  /** An acknowledgement or a reset of something, or a ping. */
  #takeEmpty(from: From, at: number, message: Message): void {
    const exchange = this.#find(this.#byMessage, messageKey(other(from), message.messageId));
    if (exchange && message.type === ACK) {
      if (exchange.acknowledgedAt === undefined) this.#change(exchange, { acknowledgedAt: at });
    } else if (exchange && message.type === RST) this.#change(exchange, { resetAt: at });
    else if (message.type !== ACK) {
      const request = traced(at, message, noBytes.length);
      const { id } = this.#add({ ...from, kind: "empty", token: "", path: undefined, query: [], request });
      this.#note(from, message.messageId, id);
    }
  }

  /** Who fetches an image block by block may take a new token for each: the place and the number tell that it goes on. */
  #continued(
    from: From,
    { code }: Message,
    path: readonly string[],
    block: (Block & { option: 1 | 2 }) | undefined,
  ): TracedExchange | undefined {
    if (!block || block.number === 0) return undefined;
    const recent = [...this.#exchanges.values()].slice(-8).reverse();
    return recent.find(
      (one) =>
        one.direction === from.direction &&
        one.server === from.server &&
        one.blocks &&
        one.request.code === code &&
        samePath(one.path, path),
    );
  }

  #add(exchange: Omit<TracedExchange, "id" | "revision" | "retransmissions">): TracedExchange {
    const id = ++this.#lastId;
    const added: TracedExchange = { id, revision: ++this.#revision, retransmissions: 0, ...exchange };
    this.#exchanges.set(id, added);
    this.#bytes += weight(added);
    this.#shrink();
    return added;
  }

  #change(exchange: TracedExchange, change: Change): void {
    const changed = { ...exchange, ...change, revision: ++this.#revision };
    this.#bytes += weight(changed) - weight(exchange);
    this.#exchanges.set(exchange.id, changed);
    this.#shrink();
  }

  #shrink(): void {
    const { exchangesPerDeviceMax, bytesPerDeviceMax } = traceLimits;
    for (const oldest of this.#exchanges.values()) {
      if (this.#exchanges.size <= exchangesPerDeviceMax && this.#bytes <= bytesPerDeviceMax) break;
      this.#exchanges.delete(oldest.id);
      this.#bytes -= weight(oldest);
    }
    // What points to exchanges that are gone goes in one sweep, not with each.
    for (const book of [this.#byMessage, this.#byToken]) {
      if (book.size <= 8 * exchangesPerDeviceMax) continue;
      for (const [key, id] of book) if (!this.#exchanges.has(id)) book.delete(key);
      for (const key of book.keys()) {
        if (book.size <= 4 * exchangesPerDeviceMax) break;
        book.delete(key);
      }
    }
  }

  #note(from: From, messageId: number, id: number): void {
    this.#byMessage.set(messageKey(from, messageId), id);
  }

  #find(book: ReadonlyMap<string, number>, key: string): TracedExchange | undefined {
    const id = book.get(key);
    return id === undefined ? undefined : this.#exchanges.get(id);
  }
}

function traced(at: number, message: Message, bytesMax: number): TracedMessage {
  const { type, code, messageId, options, payload } = message;
  return {
    ...{ at, type, code, messageId },
    contentFormat: findUint(options, option.contentFormat),
    observe: findUint(options, option.observe),
    ...kept(payload, bytesMax),
  };
}

function kept(payload: Uint8Array, bytesMax: number) {
  return {
    payload: payload.slice(0, Math.min(bytesMax, traceLimits.payloadBytesMax)),
    payloadBytes: payload.length,
  };
}

/** Nothing is kept of firmware: it would push out everything else, and tells a person nothing. */
function payloadKept(path: readonly string[] | undefined, block: Block | undefined): number {
  const isFirmware = path?.[0] === "fw" || (path?.[0] === "5" && path[2] === "0");
  return isFirmware && block ? 0 : traceLimits.payloadBytesMax;
}

function blockOf(options: readonly CoapOption[]): (Block & { option: 1 | 2 }) | undefined {
  const block1 = findOption(options, option.block1);
  const value = block1 ?? findOption(options, option.block2);
  const block = value && readBlock(value);
  return block && { ...block, option: block1 ? 1 : 2 };
}

function begun({ option, number, size, more }: Block & { option: 1 | 2 }): TracedBlocks {
  return { option, first: number, last: number, count: 1, size, more };
}

function advanced(blocks: TracedBlocks, block: Block & { option: 1 | 2 }): TracedBlocks {
  // The answer to a Block1 request names the block again, and says "more" by rules of its own.
  if (blocks.option !== block.option) return blocks.option === 1 ? { ...blocks, ...begun(block) } : blocks;
  const isNew = block.number > blocks.last;
  return {
    ...blocks,
    last: Math.max(blocks.last, block.number),
    count: blocks.count + (isNew ? 1 : 0),
    size: block.size,
    more: block.number >= blocks.last ? block.more : blocks.more,
  };
}

function texts(options: readonly CoapOption[], number: number): string[] {
  return options.filter((one) => one.number === number).map(({ value }) => readText(value) ?? "\ufffd");
}

/** Several paths are observed at the root, and named in what comes. */
function pathOf(observed: string | undefined): readonly string[] | undefined {
  if (observed === undefined) return undefined;
  return observed.includes(" ") ? [] : observed.split("/").filter(Boolean);
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
const other = ({ direction, server }: From): From => ({
  direction: direction === "to-device" ? "from-device" : "to-device",
  server,
});
const messageKey = ({ direction, server }: From, messageId: number) => `${server} ${direction} ${messageId}`;
const tokenKey = ({ direction, server }: From, token: Uint8Array) => `${server} ${direction} ${hex(token)}`;
const weight = ({ request, response }: TracedExchange) => request.payload.length + (response?.payload.length ?? 0);
const samePath = (a: readonly string[] | undefined, b: readonly string[]) => a?.join("/") === b.join("/");
