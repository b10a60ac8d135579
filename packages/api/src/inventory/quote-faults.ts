import type { LineError } from "./import-line.ts";

/**
 * Finds the lines of a table whose quotes are wrong, and gives the table with those lines left empty, so that the rest can be
 * read and whatever else is wrong be told as well.
 *
 * A quote that is never closed would swallow all that follows: it is told of where it opens, and the next line is read as
 * one of its own. Line ends are LF; the header is line 1. RFC 4180 §2.
 */
export function quoteFaults(csv: string, delimiter: "," | ";"): { faults: readonly LineError[]; without: string } {
  const faults: LineError[] = [];
  const kept: string[] = [];
  let line = 1;
  for (let at = 0; at < csv.length; ) {
    const read = readLine(csv, at, delimiter);
    if (typeof read === "number") {
      kept.push(csv.slice(at, read));
      line += breaksIn(csv, at, read);
      at = read;
    } else {
      faults.push({ line, column: null, message: read.fault });
      kept.push("\n");
      line++;
      at = afterBreak(csv, at);
    }
  }
  return { faults, without: kept.join("") };
}

/** Where the line of a table that begins here ends, quoted line breaks included; or what is wrong with its quotes. */
function readLine(csv: string, start: number, delimiter: string): number | { readonly fault: string } {
  for (let at = start; ; at++) {
    at = afterBlanks(csv, at);
    if (csv[at] === '"') {
      const closing = closingQuote(csv, at + 1);
      const next = closing === undefined ? undefined : afterBlanks(csv, closing + 1);
      const isClosed = next !== undefined && (next >= csv.length || csv[next] === delimiter || csv[next] === "\n");
      if (!isClosed) {
        const onThisLine = closing !== undefined && !csv.slice(at, closing).includes("\n");
        return { fault: onThisLine ? textAfterQuote : notClosed };
      }
      at = next;
    } else {
      while (at < csv.length && csv[at] !== delimiter && csv[at] !== "\n") {
        if (csv[at] === '"') return { fault: quoteInside };
        at++;
      }
    }
    if (at >= csv.length) return csv.length;
    if (csv[at] === "\n") return at + 1;
  }
}

const notClosed =
  'A quote (") opens a cell in this line and is not closed. Close it at the end of the cell, or take it out.';
const textAfterQuote =
  'Something follows the quote (") that closes a cell. Write a quote inside a quoted cell twice, like "say ""hi""".';
const quoteInside =
  'There is a quote (") inside a cell that does not begin with one. Take it out, or quote the whole cell and write it twice.';

/** The quote that ends a cell; two in a row are one that belongs to it. */
function closingQuote(csv: string, start: number): number | undefined {
  for (let at = csv.indexOf('"', start); at >= 0; at = csv.indexOf('"', at + 2)) {
    if (csv[at + 1] !== '"') return at;
  }
  return undefined;
}

function afterBlanks(csv: string, start: number): number {
  let at = start;
  while (csv[at] === " " || csv[at] === "\t") at++;
  return at;
}

function afterBreak(csv: string, start: number): number {
  const end = csv.indexOf("\n", start);
  return end < 0 ? csv.length : end + 1;
}

function breaksIn(csv: string, start: number, end: number): number {
  let breaks = 0;
  for (let at = csv.indexOf("\n", start); at >= 0 && at < end; at = csv.indexOf("\n", at + 1)) breaks++;
  return breaks;
}
