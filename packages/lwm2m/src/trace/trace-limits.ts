import { type Duration, minutes } from "@lamplighter/runtime/duration";

/** Bounds of what is recorded of the conversation with devices that somebody watches. */
export const traceLimits = {
  /** Exchanges kept for one device. Beyond, the oldest go; a transfer in blocks is one exchange. */
  exchangesPerDeviceMax: 500,
  /** Payload bytes kept for one device. Beyond, the oldest exchanges go. */
  bytesPerDeviceMax: 256 * 1024,
  /** Bytes kept of one payload; of the blocks of a firmware image none. */
  payloadBytesMax: 2_048,
  /** Devices recorded at one time. Beyond, a further one is refused. Together at most 16 MiB of payload. */
  devicesMax: 64,
  /** Datagrams of addresses that nobody watches, kept in case one turns out to be a watched device that moved. */
  strangersMax: 256,
} as const;

/** How long a device is still recorded after the last who watched it left: a reload finds what was before. */
export const traceLingerFor: Duration = minutes(2);
/** How long a message with an id is taken for a repetition of an earlier one (EXCHANGE_LIFETIME, RFC 7252 §4.8.2). */
export const exchangeMilliseconds = 247_000;
