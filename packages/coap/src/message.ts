/** How a message asks to be delivered (RFC 7252 §3): {@link CON}, {@link NON}, {@link ACK} or {@link RST}. */
export type MessageType = 0 | 1 | 2 | 3;

/** Confirmable: sent again until it is acknowledged. */
export const CON: MessageType = 0;
/** Non-confirmable: sent once. */
export const NON: MessageType = 1;
/** Acknowledgement of a confirmable message, empty or with the response inside. */
export const ACK: MessageType = 2;
/** Reset: the message arrived, but means nothing to its receiver. */
export const RST: MessageType = 3;

/** One option as it stands on the wire (RFC 7252 §3.1): a number and 0 to 65,804 bytes. */
export interface CoapOption {
  readonly number: number;
  readonly value: Uint8Array;
}

/**
 * One CoAP message, decoded (RFC 7252 §3).
 *
 * `code` is the raw byte (0x45 is 2.05), `messageId` 0 to 65535, `token` 0 to 8 bytes; `options` are in ascending order
 * of their numbers once decoded. The byte arrays of a decoded message are views on its datagram.
 */
export interface Message {
  readonly type: MessageType;
  readonly code: number;
  readonly messageId: number;
  readonly token: Uint8Array;
  readonly options: readonly CoapOption[];
  readonly payload: Uint8Array;
}

export const noBytes: Uint8Array = new Uint8Array(0);
export const noOptions: readonly CoapOption[] = [];
