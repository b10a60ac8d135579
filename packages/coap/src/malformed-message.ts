import type { MessageType } from "./message.ts";

/**
 * A datagram that is not a CoAP message. Thrown by {@link decodeMessage} only, and caught once, at the endpoint's edge.
 *
 * `header` is there when the first four bytes could be read as CoAP version 1, so that a confirmable message can be
 * rejected by its message id (RFC 7252 §4.2); a datagram of another version is ignored in silence (§3).
 */
export class MalformedMessage extends Error {
  override readonly name = "MalformedMessage";
  readonly offset: number;
  readonly field: string;
  readonly header: { readonly type: MessageType; readonly messageId: number } | undefined;

  constructor(field: string, offset: number, header?: { type: MessageType; messageId: number }) {
    super(`malformed ${field} at byte ${offset}`);
    this.field = field;
    this.offset = offset;
    this.header = header;
  }
}
