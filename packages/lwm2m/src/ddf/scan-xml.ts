import { DdfFault, lineAt } from "./ddf-fault.ts";
import { ddfLimits } from "./ddf-limits.ts";

/** What XML itself defines, and characters by number. */
const allowedReference = /^&(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9A-Fa-f]{1,6});/;

/**
 * Walks through XML once, builds nothing, and refuses what must not reach the parser: a document type with its entities
 * (which may name files of ours, or grow without bound), other entities than XML's own five, too many elements, elements
 * too deep.
 */
export function scanXml(text: string): void {
  let depth = 0;
  let elements = 0;
  let at = 0;
  const fail = (why: string, index = at): never => {
    throw new DdfFault(why, lineAt(text, index));
  };
  const references = referenceCheck(text);
  const after = (end: string, what: string): number => {
    const found = text.indexOf(end, at);
    return found === -1 ? fail(`${what} does not end.`) : found + end.length;
  };
  while (at < text.length) {
    const next = text.indexOf("<", at);
    references(at, next === -1 ? text.length : next);
    if (next === -1) return;
    at = next;
    if (text.startsWith("<!--", at)) at = after("-->", "a comment");
    else if (text.startsWith("<![CDATA[", at)) at = after("]]>", "a CDATA section");
    else if (text.startsWith("<?", at)) at = after("?>", "a declaration");
    else if (text.startsWith("<!", at)) {
      fail("document types and entities (<!DOCTYPE, <!ENTITY) are not accepted. Take them out.");
    } else {
      const end = endOfTag(text, at);
      if (end === -1) fail("a tag does not end.");
      references(at, end);
      if (text[at + 1] === "/") {
        if (--depth < 0) fail("an element ends that was not begun.");
      } else {
        if (++elements > ddfLimits.elementsMax) fail(`there are more than ${ddfLimits.elementsMax} elements.`);
        if (text[end - 1] !== "/" && ++depth > ddfLimits.depthMax) {
          fail(`elements stand more than ${ddfLimits.depthMax} deep.`);
        }
      }
      at = end + 1;
    }
  }
}

/** Checks the references between two places; asked about places in ascending order, it walks through the text once. */
function referenceCheck(text: string): (from: number, to: number) => void {
  let next = text.indexOf("&");
  return (from, to) => {
    while (next !== -1 && next < to) {
      if (next >= from) checkReference(text, next);
      next = text.indexOf("&", next + 1);
    }
  };
}

function checkReference(text: string, at: number): void {
  if (allowedReference.test(text.slice(at, at + 12))) return;
  const said = /^&[\w#.:-]{0,30};?/.exec(text.slice(at, at + 40))?.[0] ?? "&";
  throw new DdfFault(
    `${said} is not accepted. Write &amp; for a plain &, and text instead of entities.`,
    lineAt(text, at),
  );
}

/** Where the `>` of a tag stands; one inside quotes ends nothing. */
function endOfTag(text: string, from: number): number {
  let quote = "";
  for (let at = from; at < text.length; at++) {
    const character = text[at] as string;
    if (quote) {
      if (character === quote) quote = "";
    } else if (character === '"' || character === "'") quote = character;
    else if (character === ">") return at;
  }
  return -1;
}
