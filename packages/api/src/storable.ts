/** The database refuses NUL and half a surrogate pair in any text; said here once, instead of by every procedure. */
export function isStorable(input: unknown, depth = 0): boolean {
  if (typeof input === "string") return !input.includes("\0") && input.isWellFormed();
  // No input is as deep as this; its own schema refuses it, without our climbing down.
  if (typeof input !== "object" || input === null || depth > 32) return true;
  return Object.entries(input).every(([key, value]) => isStorable(key) && isStorable(value, depth + 1));
}
