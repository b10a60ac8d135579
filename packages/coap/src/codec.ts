import { invariant } from "@lamplighter/runtime/invariant";
import { takeBytes } from "./byte-slab.ts";
import { MalformedMessage } from "./malformed-message.ts";
import { type CoapOption, type Message, type MessageType, noBytes, noOptions } from "./message.ts";

export { MalformedMessage } from "./malformed-message.ts";

const payloadMarker = 0xff;
const optionNumberMax = 0xffff;
const optionBytesMax = 269 + 0xffff;

/**
 * Reads one CoAP message from a datagram (RFC 7252 §3).
 *
 * Token, option values and payload are views on `bytes`. Throws {@link MalformedMessage} for anything that §3 calls a
 * message format error: short or foreign header, reserved token length or code class, an option that runs past the end,
 * a payload marker without payload, an empty message with something in it.
 */
export function decodeMessage(bytes: Uint8Array): Message {
  const end = bytes.length;
  if (end < 4) throw new MalformedMessage("header", end);
  const first = bytes[0]!;
  if (first >> 6 !== 1) throw new MalformedMessage("version", 0);
  const type = ((first >> 4) & 3) as MessageType;
  const code = bytes[1]!;
  const messageId = (bytes[2]! << 8) | bytes[3]!;
  const tokenLength = first & 15;

  if (code === 0) {
    if (end !== 4 || tokenLength !== 0) throw malformed("empty message", 4, type, messageId);
    return { type, code, messageId, token: noBytes, options: noOptions, payload: noBytes };
  }
  const group = code >> 5;
  if (group === 1 || group > 5) throw malformed("code", 1, type, messageId);
  if (tokenLength > 8) throw malformed("token length", 0, type, messageId);
  let at = 4 + tokenLength;
  if (at > end) throw malformed("token", 4, type, messageId);
  const token = tokenLength === 0 ? noBytes : view(bytes, 4, tokenLength);

  let options: CoapOption[] | undefined;
  let number = 0;
  while (at < end) {
    const start = at;
    const head = bytes[at++]!;
    if (head === payloadMarker) {
      if (at === end) throw malformed("payload", at, type, messageId);
      return { type, code, messageId, token, options: options ?? noOptions, payload: view(bytes, at, end - at) };
    }
    let delta = head >> 4;
    let length = head & 15;
    if (delta === 15 || length === 15) throw malformed("option header", start, type, messageId);
    if (delta === 13) {
      if (at + 1 > end) throw malformed("option delta", at, type, messageId);
      delta = 13 + bytes[at++]!;
    } else if (delta === 14) {
      if (at + 2 > end) throw malformed("option delta", at, type, messageId);
      delta = 269 + ((bytes[at]! << 8) | bytes[at + 1]!);
      at += 2;
    }
    if (length === 13) {
      if (at + 1 > end) throw malformed("option length", at, type, messageId);
      length = 13 + bytes[at++]!;
    } else if (length === 14) {
      if (at + 2 > end) throw malformed("option length", at, type, messageId);
      length = 269 + ((bytes[at]! << 8) | bytes[at + 1]!);
      at += 2;
    }
    number += delta;
    if (number > optionNumberMax) throw malformed("option number", start, type, messageId);
    if (at + length > end) throw malformed("option value", at, type, messageId);
    const option = { number, value: length === 0 ? noBytes : view(bytes, at, length) };
    if (options) options.push(option);
    else options = [option];
    at += length;
  }
  return { type, code, messageId, token, options: options ?? noOptions, payload: noBytes };
}

// Not subarray(): that of the system's buffers makes another such buffer, at several times the cost.
function view(bytes: Uint8Array, at: number, length: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + at, length);
}

function malformed(field: string, offset: number, type: MessageType, messageId: number): MalformedMessage {
  return new MalformedMessage(field, offset, { type, messageId });
}

/**
 * Writes one CoAP message as a datagram (RFC 7252 §3).
 *
 * Options may come in any order; options of one number keep theirs. A message that the format cannot hold (a token
 * over 8 bytes, an empty code with content) is our own bug and breaks an invariant.
 */
export function encodeMessage(message: Message): Uint8Array {
  const { type, code, messageId, token, payload } = message;
  const options = inOrder(message.options);
  invariant(token.length <= 8, "a token is at most 8 bytes");
  invariant(messageId >= 0 && messageId <= 0xffff, "a message id is 16 bits");
  invariant(
    code !== 0 || (token.length === 0 && options.length === 0 && payload.length === 0),
    "an empty message is only a header",
  );

  let length = 4 + token.length + (payload.length > 0 ? 1 + payload.length : 0);
  let previous = 0;
  for (let index = 0; index < options.length; index++) {
    const { number, value } = options[index]!;
    invariant(number <= optionNumberMax && value.length <= optionBytesMax, "an option fits its header");
    length += 1 + extension(number - previous) + extension(value.length) + value.length;
    previous = number;
  }

  const bytes = takeBytes(length);
  bytes[0] = 0x40 | (type << 4) | token.length;
  bytes[1] = code;
  bytes[2] = messageId >> 8;
  bytes[3] = messageId & 0xff;
  let at = copy(bytes, 4, token);
  previous = 0;
  for (let index = 0; index < options.length; index++) {
    const { number, value } = options[index]!;
    const delta = number - previous;
    bytes[at++] = (nibble(delta) << 4) | nibble(value.length);
    at = extend(bytes, at, delta);
    at = extend(bytes, at, value.length);
    at = copy(bytes, at, value);
    previous = number;
  }
  if (payload.length > 0) {
    bytes[at++] = payloadMarker;
    copy(bytes, at, payload);
  }
  return bytes;
}

function inOrder(options: readonly CoapOption[]): readonly CoapOption[] {
  for (let index = 1; index < options.length; index++) {
    if (options[index]!.number < options[index - 1]!.number) return options.toSorted((a, b) => a.number - b.number);
  }
  return options;
}

const nibble = (value: number): number => (value < 13 ? value : value < 269 ? 13 : 14);
const extension = (value: number): number => (value < 13 ? 0 : value < 269 ? 1 : 2);

function extend(bytes: Uint8Array, at: number, value: number): number {
  if (value < 13) return at;
  if (value < 269) {
    bytes[at] = value - 13;
    return at + 1;
  }
  bytes[at] = (value - 269) >> 8;
  bytes[at + 1] = (value - 269) & 0xff;
  return at + 2;
}

// Below some 32 bytes a loop beats the call into the engine that set() is.
function copy(into: Uint8Array, at: number, from: Uint8Array): number {
  const length = from.length;
  if (length > 32) into.set(from, at);
  else for (let index = 0; index < length; index++) into[at + index] = from[index]!;
  return at + length;
}
