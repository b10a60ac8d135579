import type { Clock } from "@lamplighter/runtime/clock";
import type { Address, DatagramPort } from "@lamplighter/runtime/datagram";
import type { Log } from "@lamplighter/runtime/log";
import type { Random } from "@lamplighter/runtime/random";
import { EMPTY } from "./code.ts";
import { encodeMessage } from "./codec.ts";
import type { EndpointCounters } from "./counters.ts";
import type { Deduplication } from "./deduplication.ts";
import type { EndpointLimits } from "./limits.ts";
import { type MessageType, noBytes, noOptions } from "./message.ts";
import type { Peer, PeerTable } from "./peer.ts";
import type { TransmissionParameters } from "./retransmission.ts";
import type { TimingWheel } from "./timing-wheel.ts";
import type { TurnQueue } from "./turn-queue.ts";

/**
 * Hears each datagram as it stands on the wire, before it is acted upon. It must not throw, keep the bytes (they are the
 * socket's) or take long: it runs for every datagram of every peer.
 */
export type Trace = (direction: "received" | "sent", peer: Address, datagram: Uint8Array) => void;

/** What the parts of one endpoint share. */
export interface Wire {
  readonly port: DatagramPort;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly limits: EndpointLimits;
  readonly transmission: TransmissionParameters;
  readonly counters: EndpointCounters;
  readonly wheel: TimingWheel;
  readonly peers: PeerTable;
  readonly turns: TurnQueue;
  readonly seen: Deduplication;
  /** Undefined while nobody looks, which is nearly always. */
  trace: Trace | undefined;
}

export function sendBytes(wire: Wire, peer: Peer, bytes: Uint8Array): void {
  sendTo(wire, peer.address, bytes);
}

/** Sends to an address without remembering it: whoever may have made it up must not cost us memory. */
export function sendTo(wire: Wire, address: Address, bytes: Uint8Array): void {
  wire.counters.datagramsSent++;
  if (wire.trace) wire.trace("sent", address, bytes);
  wire.port.send(address, bytes);
}

/** An empty acknowledgement, a reset, or a ping: four bytes (RFC 7252 §4.1). */
export function emptyMessage(type: MessageType, messageId: number): Uint8Array {
  return encodeMessage({ type, code: EMPTY, messageId, token: noBytes, options: noOptions, payload: noBytes });
}
