/** A text as PostgreSQL takes it: a device may answer with a NUL or with half a character, which it does not. */
export function storableText(text: string): string {
  return text.replaceAll("\0", "\uFFFD").toWellFormed();
}
