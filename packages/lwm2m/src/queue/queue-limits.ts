import { type Duration, hours, milliseconds } from "@lamplighter/runtime/duration";

/** What the queues of sleeping devices may hold. What happens at each limit stands beside it. */
export interface QueueLimits {
  /** Requests that wait for one device. One more is refused as `full`. */
  readonly entriesPerDeviceMax: number;
  /** Bytes of one request, written as JSON. A larger one is refused as `too-large`. */
  readonly entryBytesMax: number;
  /** Bytes of all requests that wait, of all devices. What does not fit is refused as `no-room`. */
  readonly bytesMax: number;
  /** Times a request is sent without an answer; then it ends as `failed`. */
  readonly attemptsMax: number;
  /** How long a request waits unless said otherwise; then it ends as `expired`. */
  readonly expiry: Duration;
  /** The longest that may be asked for. A longer time is cut to this. */
  readonly expiryMax: Duration;
  /** Ended requests of one device that are kept to be looked at. Beyond, the oldest is forgotten. */
  readonly endedPerDeviceMax: number;
  /** The same of all devices. */
  readonly endedMax: number;
}

const days = (count: number): Duration => milliseconds(hours(24) * count);

export const defaultQueueLimits: QueueLimits = {
  entriesPerDeviceMax: 32,
  entryBytesMax: 64 * 1_024,
  bytesMax: 64 * 1_024 * 1_024,
  attemptsMax: 5,
  expiry: days(7),
  expiryMax: days(90),
  endedPerDeviceMax: 10,
  endedMax: 20_000,
};
