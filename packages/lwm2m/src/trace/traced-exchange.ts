import type { MessageType } from "@lamplighter/coap/message";

/** Which of our two servers a device speaks with: the one that manages it, or the one that gives it its accounts. */
export type TracedServer = "management" | "bootstrap";

/** One message of an exchange. Payloads are copies, cut at `traceLimits.payloadBytesMax`. */
export interface TracedMessage {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly type: MessageType;
  readonly code: number;
  readonly messageId: number;
  readonly contentFormat?: number | undefined;
  readonly observe?: number | undefined;
  readonly payload: Uint8Array;
  /** All of them, of all blocks so far. */
  readonly payloadBytes: number;
}

/** How far a transfer in blocks got (RFC 7959). */
export interface TracedBlocks {
  readonly option: 1 | 2;
  readonly first: number;
  readonly last: number;
  /** Blocks seen; repetitions are not counted. */
  readonly count: number;
  readonly size: number;
  readonly more: boolean;
}

/** One exchange with a device, put together from its datagrams. Replaced as it goes on; `id` stays. */
export interface TracedExchange {
  readonly id: number;
  /** Counts up whenever anything of the device's record changes: the largest is the newest. */
  readonly revision: number;
  readonly server: TracedServer;
  /** Who began it. */
  readonly direction: "to-device" | "from-device";
  /** A `notification` is a response that came by itself; `empty` is a ping, or a reset to nothing we saw. */
  readonly kind: "request" | "notification" | "empty" | "malformed";
  readonly token: string;
  /** Of a notification: of the request that asked for it; undefined when that was before the recording. */
  readonly path: readonly string[] | undefined;
  readonly query: readonly string[];
  readonly accept?: number | undefined;
  /** Of a notification, the notification. */
  readonly request: TracedMessage;
  readonly response?: TracedMessage | undefined;
  /** When an empty acknowledgement came; a piggybacked one is the response. */
  readonly acknowledgedAt?: number | undefined;
  readonly resetAt?: number | undefined;
  readonly retransmissions: number;
  readonly blocks?: TracedBlocks | undefined;
}
