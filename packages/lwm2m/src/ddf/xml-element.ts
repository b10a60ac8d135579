import { XMLParser, XMLValidator } from "fast-xml-parser";
import { DdfFault, lineAt } from "./ddf-fault.ts";
import { ddfLimits } from "./ddf-limits.ts";
import { scanXml } from "./scan-xml.ts";

/** One element of an XML document: what stands in it, and the line where it begins. */
export interface XmlElement {
  readonly name: string;
  readonly line: number;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** Its own text, without that of its children, trimmed. */
  readonly text: string;
}

type Parsed = Record<string, unknown>;
const attributesKey = ":@";
const textKey = "#text";
const cdataKey = "#cdata";
const metaKey = XMLParser.getMetaDataSymbol() as unknown as string;

/** Entities are not processed by the parser: none but XML's own pass the scan, and those are decoded here. */
const parser = new XMLParser({
  preserveOrder: true,
  captureMetaData: true,
  ignoreAttributes: false,
  attributeNamePrefix: "",
  parseTagValue: false,
  parseAttributeValue: false,
  processEntities: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  trimValues: false,
  cdataPropName: cdataKey,
  maxNestedTags: ddfLimits.depthMax + 1,
});

/** Reads XML to its root element, within the limits. Throws {@link DdfFault}. */
export function readXml(text: string): XmlElement {
  scanXml(text);
  const verdict = XMLValidator.validate(text);
  if (verdict !== true) {
    throw new DdfFault(`this is not well-formed XML: ${verdict.err.msg.replace(/\.?$/, ".")}`, verdict.err.line);
  }
  const lines = lineCounter(text);
  const roots = elementsIn(parsed(text), lines);
  const [root, second] = roots;
  if (!root) throw new DdfFault("there is no element in it. Send the XML file of an object definition.");
  if (second) throw new DdfFault("there is a second root element. Keep one.", second.line);
  return root;
}

/** Beyond what is not well-formed the parser throws plain errors for names that would reach an object's prototype. */
function parsed(text: string): Parsed[] {
  try {
    return parser.parse(text) as Parsed[];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new DdfFault(`this XML is not accepted (${why.slice(0, 160)}). Rename what it speaks of.`);
  }
}

function elementsIn(nodes: readonly Parsed[], lines: (index: number) => number): XmlElement[] {
  return nodes.flatMap((node) => {
    const name = Object.keys(node).find((key) => key !== attributesKey);
    if (name === undefined || name === textKey || name === cdataKey) return [];
    const inside = node[name] as Parsed[];
    const { startIndex = 0 } = (node[metaKey] ?? {}) as { startIndex?: number };
    const line = lines(startIndex);
    const attributes = Object.entries((node[attributesKey] ?? {}) as Record<string, string>);
    return {
      name,
      line,
      attributes: Object.fromEntries(attributes.map(([key, value]) => [key, decodeReferences(value, line)])),
      children: elementsIn(inside, lines),
      text: inside
        .map((child) => textOf(child, line))
        .join("")
        .trim(),
    };
  });
}

function textOf(node: Parsed, line: number): string {
  if (typeof node[textKey] === "string") return decodeReferences(node[textKey], line);
  const cdata = node[cdataKey];
  return Array.isArray(cdata) ? cdata.map((part: Parsed) => String(part[textKey] ?? "")).join("") : "";
}

const named: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function decodeReferences(text: string, line: number): string {
  return text.replace(
    /&(?:#x([0-9A-Fa-f]+)|#(\d+)|(\w+));/g,
    (whole, hex?: string, decimal?: string, name?: string) => {
      if (name !== undefined) return named[name] ?? whole;
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      const isCharacter = code === 9 || code === 10 || code === 13 || (code >= 32 && code <= 0x10ffff);
      if (!isCharacter || (code >= 0xd800 && code <= 0xdfff)) throw new DdfFault(`${whole} is no character.`, line);
      return String.fromCodePoint(code);
    },
  );
}

/** Lines of places that are asked for in ascending order: each line end is passed once. */
function lineCounter(text: string): (index: number) => number {
  let line = 1;
  let at = 0;
  return (index) => {
    if (index < at) return lineAt(text, index);
    for (; at < index; at++) if (text[at] === "\n") line++;
    return line;
  };
}
