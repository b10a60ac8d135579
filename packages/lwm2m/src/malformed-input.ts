/**
 * A peer sent something we cannot read. Expected in the field: answered 4.00 or reported, counted, never fatal.
 *
 * `what` names the thing being read ("path", "TLV", "lt"), `why` says what is wrong with it, and `offset` is the byte
 * (or character, for text) at which it went wrong, where that is known.
 */
export class MalformedInput extends Error {
  override readonly name = "MalformedInput";
  readonly what: string;
  readonly why: string;
  readonly offset: number | undefined;

  constructor(what: string, why: string, offset?: number) {
    super(offset === undefined ? `malformed ${what}: ${why}` : `malformed ${what} at ${offset}: ${why}`);
    this.what = what;
    this.why = why;
    this.offset = offset;
  }
}

/** Runs a parser and returns what it threw, if it threw {@link MalformedInput}; anything else is our bug and goes on. */
export function malformedFrom(error: unknown): MalformedInput {
  if (error instanceof MalformedInput) return error;
  throw error;
}
