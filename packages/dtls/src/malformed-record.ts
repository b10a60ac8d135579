/**
 * Bytes that are no DTLS record or handshake message. Thrown by the decoders only, caught once at the edge of a port,
 * counted, and never answered: an answer would tell a forger something, and could be turned against others.
 */
export class MalformedRecord extends Error {
  override readonly name = "MalformedRecord";
  readonly field: string;
  readonly offset: number;

  constructor(field: string, offset: number) {
    super(`malformed ${field} at byte ${offset}`);
    this.field = field;
    this.offset = offset;
  }
}
