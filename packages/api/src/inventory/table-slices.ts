/** Characters of one line of a table, quoted line breaks included: all columns filled to their ends have a quarter of it. */
export const recordCharactersMax = 16_384;
/** Characters read in one go. Each takes a few milliseconds, in which the server does nothing else. */
const sliceCharacters = 32 * 1024;

/** Whole records of a table, which can be read by themselves. */
export interface TableSlice {
  readonly text: string;
  /** Where it begins in the table; the first line is 1. */
  readonly line: number;
}

/**
 * Cuts a table after whole records into slices, so that a large one is read bit by bit.
 *
 * A record goes on behind a line end as long as its quotes are odd in number (RFC 4180 §2), which a doubled quote does not
 * change. Where a record is longer than one may be, its first line is given instead and nothing more. Line ends are LF.
 */
export function* tableSlices(table: string): Generator<TableSlice | { readonly tooLong: number }, void, undefined> {
  let slice = { at: 0, line: 1 };
  let record = { at: 0, line: 1 };
  let line = 1;
  let isQuoted = false;
  for (let at = 0; at < table.length; ) {
    const found = table.indexOf("\n", at);
    const end = found < 0 ? table.length : found + 1;
    if (end - record.at > recordCharactersMax) return yield { tooLong: record.line };
    for (let quote = at; quote < end; quote++) if (table.charCodeAt(quote) === 0x22) isQuoted = !isQuoted;
    at = end;
    line++;
    if (isQuoted) continue;
    record = { at, line };
    if (at - slice.at < sliceCharacters) continue;
    yield { text: table.slice(slice.at, at), line: slice.line };
    slice = { at, line };
  }
  if (slice.at < table.length) yield { text: table.slice(slice.at), line: slice.line };
}

/** True when a table has more lines than `max`. */
export function hasMoreLines(table: string, max: number): boolean {
  let lines = 0;
  for (let at = table.indexOf("\n"); at >= 0 && lines <= max; at = table.indexOf("\n", at + 1)) lines++;
  return lines > max;
}
