/** A state that our own code was supposed to make impossible. Ends the session or the process; never swallowed. */
export class InvariantViolation extends Error {
  override readonly name = "InvariantViolation";
}

/** Stops at once when `condition` is false: carrying on from an impossible state only hides the bug. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantViolation(message);
}
