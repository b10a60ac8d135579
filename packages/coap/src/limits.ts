import { type Duration, milliseconds } from "@lamplighter/runtime/duration";
import { maxTransmitWait } from "./retransmission.ts";

/** Block sizes that a block option can express (RFC 7959 §2.2). */
export type BlockSize = 16 | 32 | 64 | 128 | 256 | 512 | 1024;

/** Everything an endpoint keeps on behalf of others is bounded; here are the bounds and what happens at each. */
export interface EndpointLimits {
  /** Peers remembered at once. Beyond, the peer heard from longest ago that waits for nothing is forgotten; when none is idle, the newcomer's datagrams are dropped and counted. */
  readonly peersMax: number;
  /** Messages remembered for deduplication. Beyond, the oldest is forgotten before its time: a very late duplicate of it would be handled again. */
  readonly deduplicationMax: number;
  /** Requests and notifications that wait for one peer's turn. Beyond, a new one is refused at once. */
  readonly queuedPerPeerMax: number;
  /** The same over all peers. */
  readonly queuedMax: number;
  /** Observations we hold at other endpoints. Beyond, a new one is refused at once. */
  readonly observationsMax: number;
  /** Subscribers that other endpoints hold with us. Beyond, a registration is answered without the Observe option, which RFC 7641 §4.1 allows. */
  readonly subscribersMax: number;
  /** Bytes of one request put together from blocks. Beyond, 4.13 with the limit in Size1. The longest object list has a fifth of the default; who takes images raises it. */
  readonly requestBytesMax: number;
  /** Block1 transfers received at once. Beyond, the one silent longest gives way, if it was for a while; otherwise a new one is answered 5.03. */
  readonly reassembliesMax: number;
  /** Bytes of all unfinished Block1 transfers together. Beyond, the same; who then finds no room is answered 5.03, and its transfer dropped. */
  readonly reassemblyBytesMax: number;
  /** Bytes of one response put together from blocks. Beyond, the request is refused. */
  readonly responseBytesMax: number;
  /** Answers larger than one block kept for the blocks still to be asked for. Beyond, the oldest is dropped, and a GET for its next block asks the handler again. */
  readonly largeAnswersMax: number;
  readonly largeAnswerBytesMax: number;
  /** Largest block that we send as an answer and accept in a request. */
  readonly blockSizeMax: BlockSize;
  /** How long a handler may think before an empty acknowledgement goes first (RFC 7252 §5.2.2). */
  readonly acknowledgeAfter: Duration;
  /** How long a request waits for its response after an empty acknowledgement, or after a non-confirmable request. */
  readonly responseTimeout: Duration;
}

export const defaultLimits: EndpointLimits = {
  peersMax: 200_000,
  deduplicationMax: 200_000,
  queuedPerPeerMax: 64,
  queuedMax: 100_000,
  observationsMax: 1_000_000,
  subscribersMax: 100_000,
  requestBytesMax: 256 * 1024,
  reassembliesMax: 1_024,
  reassemblyBytesMax: 64 * 1024 * 1024,
  responseBytesMax: 1024 * 1024,
  largeAnswersMax: 1_024,
  largeAnswerBytesMax: 64 * 1024 * 1024,
  blockSizeMax: 1024,
  acknowledgeAfter: milliseconds(500),
  responseTimeout: maxTransmitWait,
};
