import { MalformedInput } from "../malformed-input.ts";
import { decodeUtf8 } from "../tlv-value.ts";
import { formatLimits } from "./format-limits.ts";
import type { WireValue } from "./wire-value.ts";

/** A JSON document whose numbers are exact and whose objects are maps, so that no key means anything to JavaScript. */
export type JsonItem =
  | Extract<WireValue, { readonly kind: "integer" | "float" | "text" | "boolean" | "null" }>
  | { readonly kind: "array"; readonly items: readonly JsonItem[] }
  | { readonly kind: "object"; readonly members: ReadonlyMap<string, JsonItem> };

/**
 * Reads JSON (RFC 8259) without losing a digit of a 64-bit integer, which `JSON.parse` would.
 *
 * `what` names the format in an error. Throws {@link MalformedInput} with the character at which it went wrong: for what
 * is not JSON, a key given twice, text that is not Unicode, and anything above the {@link formatLimits}.
 */
export function parseExactJson(bytes: Uint8Array, what: string): JsonItem {
  const reader = new JsonReader(decodeUtf8(bytes, what), what);
  return reader.document();
}

const escapes: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["\\", "\\"],
  ["/", "/"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);

class JsonReader {
  readonly #text: string;
  readonly #what: string;
  #offset = 0;
  #items = 0;

  constructor(text: string, what: string) {
    this.#text = text;
    this.#what = what;
  }

  document(): JsonItem {
    const item = this.#item(0);
    this.#skipSpace();
    if (this.#offset < this.#text.length) this.#fail("something follows the document");
    return item;
  }

  #item(depth: number): JsonItem {
    if (depth > formatLimits.nestingMax) this.#fail(`it nests deeper than ${formatLimits.nestingMax}`);
    if (++this.#items > formatLimits.itemsMax) this.#fail(`it holds more than ${formatLimits.itemsMax} values`);
    this.#skipSpace();
    switch (this.#text[this.#offset]) {
      case "{":
        return this.#object(depth);
      case "[":
        return this.#array(depth);
      case '"':
        return { kind: "text", value: this.#string() };
      case "t":
        return this.#word("true", { kind: "boolean", value: true });
      case "f":
        return this.#word("false", { kind: "boolean", value: false });
      case "n":
        return this.#word("null", { kind: "null" });
      default:
        return this.#number();
    }
  }

  #object(depth: number): JsonItem {
    const members = new Map<string, JsonItem>();
    this.#offset++;
    if (this.#taken("}")) return { kind: "object", members };
    for (;;) {
      this.#skipSpace();
      const start = this.#offset;
      if (this.#text[start] !== '"') this.#fail("a key is missing");
      const key = this.#string();
      if (members.has(key)) this.#fail(`the key ${JSON.stringify(key.slice(0, 64))} is there twice`, start);
      if (!this.#taken(":")) this.#fail("a colon is missing");
      members.set(key, this.#item(depth + 1));
      if (this.#taken("}")) return { kind: "object", members };
      if (!this.#taken(",")) this.#fail("a comma is missing");
    }
  }

  #array(depth: number): JsonItem {
    const items: JsonItem[] = [];
    this.#offset++;
    if (this.#taken("]")) return { kind: "array", items };
    for (;;) {
      items.push(this.#item(depth + 1));
      if (this.#taken("]")) return { kind: "array", items };
      if (!this.#taken(",")) this.#fail("a comma is missing");
    }
  }

  #string(): string {
    const start = this.#offset++;
    let value = "";
    for (;;) {
      const from = this.#offset;
      while (this.#offset < this.#text.length && isPlain(this.#text.charCodeAt(this.#offset))) this.#offset++;
      value += this.#text.slice(from, this.#offset);
      const character = this.#text[this.#offset++];
      if (character === '"') break;
      if (character !== "\\") this.#fail("a text does not end", start);
      value += this.#escape();
    }
    if (!value.isWellFormed()) this.#fail("a text holds half a character", start);
    return value;
  }

  #escape(): string {
    const character = this.#text[this.#offset++] ?? "";
    if (character === "u") {
      const digits = this.#text.slice(this.#offset, this.#offset + 4);
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) this.#fail("an escape needs four hexadecimal digits");
      this.#offset += 4;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    return escapes.get(character) ?? this.#fail("an escape is not one of JSON", this.#offset - 2);
  }

  #number(): JsonItem {
    const start = this.#offset;
    const literal = /[-+.0-9eE]*/y;
    literal.lastIndex = start;
    const text = literal.exec(this.#text)?.[0] ?? "";
    if (text.length > formatLimits.numberCharactersMax) this.#fail("a number has too many digits");
    const parts = /^(-?(?:0|[1-9]\d*))(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/.exec(text);
    if (!parts) this.#fail(text === "" ? "a value is missing" : `${JSON.stringify(text)} is not a number`);
    this.#offset += text.length;
    const [, whole = "", fraction, exponent] = parts;
    if (fraction === undefined && exponent === undefined && whole !== "-0") {
      return { kind: "integer", value: BigInt(whole) };
    }
    const value = Number(text);
    if (!Number.isFinite(value)) this.#fail(`${text} is beyond a float's reach`, start);
    const exact = wholeOf(whole, fraction ?? "", Number(exponent ?? 0));
    return exact === undefined ? { kind: "float", value } : { kind: "float", value, whole: exact };
  }

  #word(word: string, item: JsonItem): JsonItem {
    if (!this.#text.startsWith(word, this.#offset)) this.#fail("a value is missing");
    this.#offset += word.length;
    return item;
  }

  #taken(character: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#offset] !== character) return false;
    this.#offset++;
    return true;
  }

  #skipSpace(): void {
    while (" \t\n\r".includes(this.#text[this.#offset] ?? "x")) this.#offset++;
  }

  #fail(why: string, offset = this.#offset): never {
    throw new MalformedInput(this.#what, why, offset);
  }
}

function isPlain(code: number): boolean {
  return code >= 0x20 && code !== 0x22 && code !== 0x5c;
}

/** The whole number that `whole.fraction` times ten to `exponent` denotes, if it denotes one of up to 20 digits. */
function wholeOf(whole: string, fraction: string, exponent: number): bigint | undefined {
  const digits = whole + fraction.replace(/0+$/, "");
  const zeros = exponent - (digits.length - whole.length);
  if (/^-?0+$/.test(digits)) return 0n;
  if (zeros > 20) return undefined;
  if (zeros >= 0) return BigInt(digits + "0".repeat(zeros));
  // 1200e-2: zeros at the end of the digits make up for the exponent.
  return /^0+$/.test(digits.slice(zeros)) ? BigInt(digits.slice(0, zeros)) : undefined;
}
