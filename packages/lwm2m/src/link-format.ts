import { MalformedInput } from "./malformed-input.ts";

/** One link of a CoRE link-format document (RFC 6690): where it points, and what it says of it. */
export interface CoreLink {
  readonly target: string;
  /** A parameter without a value has the value `true`. A repeated one keeps its first value. */
  readonly attributes: Readonly<Record<string, string | true>>;
}

/** More links than this in one document are refused. A large street light announces about sixty. */
export const linksMax = 4_096;
/** More parameters than this on one link are refused. */
export const linkAttributesMax = 32;

/**
 * Reads a CoRE link-format document (RFC 6690 §2).
 *
 * White space around links and parameters is tolerated, and so is a value quoted or not. Throws {@link MalformedInput}
 * with the character at which it went wrong.
 */
export function parseLinks(text: string): CoreLink[] {
  const cursor: Cursor = { text, at: 0 };
  const links: CoreLink[] = [];
  skipSpace(cursor);
  if (cursor.at === text.length) return links;
  for (;;) {
    if (links.length >= linksMax) fail(cursor, `more than ${linksMax} links`);
    links.push(readLink(cursor));
    if (cursor.at === text.length) return links;
    expect(cursor, ",");
    skipSpace(cursor);
    // A comma at the very end: some devices build the list link by link and leave it there.
    if (cursor.at === text.length) return links;
  }
}

/** Writes a CoRE link-format document; values are quoted unless they are plain words or numbers. */
export function formatLinks(links: readonly CoreLink[]): string {
  return links
    .map(({ target, attributes }) => {
      const written = Object.entries(attributes).map(([name, value]) =>
        value === true ? name : `${name}=${quote(value)}`,
      );
      return [`<${target}>`, ...written].join(";");
    })
    .join(",");
}

interface Cursor {
  readonly text: string;
  at: number;
}

function readLink(cursor: Cursor): CoreLink {
  expect(cursor, "<");
  const end = cursor.text.indexOf(">", cursor.at);
  if (end < 0) fail(cursor, "a target without its >");
  const target = cursor.text.slice(cursor.at, end);
  cursor.at = end + 1;
  const attributes = new Map<string, string | true>();
  skipSpace(cursor);
  while (cursor.text[cursor.at] === ";") {
    cursor.at++;
    skipSpace(cursor);
    const name = match(cursor, /[A-Za-z0-9!#$&+\-.^_`|~*]+/y);
    if (name === undefined) fail(cursor, "a parameter without a name");
    if (attributes.size >= linkAttributesMax) fail(cursor, `more than ${linkAttributesMax} parameters`);
    const value = cursor.text[cursor.at] === "=" ? readValue(cursor) : true;
    if (!attributes.has(name)) attributes.set(name, value);
    skipSpace(cursor);
  }
  return { target, attributes: Object.fromEntries(attributes) };
}

function readValue(cursor: Cursor): string {
  cursor.at++;
  if (cursor.text[cursor.at] !== '"') return match(cursor, /[^\s,;"<>]+/y) ?? "";
  cursor.at++;
  let value = "";
  for (;;) {
    const character = cursor.text[cursor.at];
    const escaped = character === "\\" ? cursor.text[cursor.at + 1] : character;
    if (character === undefined || escaped === undefined) fail(cursor, "a quoted value without its end");
    cursor.at += character === "\\" ? 2 : 1;
    if (character === '"') return value;
    value += escaped;
  }
}

function match(cursor: Cursor, pattern: RegExp): string | undefined {
  pattern.lastIndex = cursor.at;
  const found = pattern.exec(cursor.text)?.[0];
  if (found !== undefined) cursor.at += found.length;
  return found;
}

function skipSpace(cursor: Cursor): void {
  match(cursor, /[ \t\r\n]+/y);
}

function expect(cursor: Cursor, character: string): void {
  if (cursor.text[cursor.at] !== character) fail(cursor, `${character} expected`);
  cursor.at++;
}

function fail(cursor: Cursor, why: string): never {
  throw new MalformedInput("link format", why, cursor.at);
}

function quote(value: string): string {
  return /^[A-Za-z0-9.-]+$/.test(value) ? value : `"${value.replaceAll(/[\\"]/g, "\\$&")}"`;
}
