import type { ObjectModel, Operations, ResourceModel } from "../object-model.ts";
import type { ResourceType } from "../value.ts";
import { DdfFault } from "./ddf-fault.ts";
import { ddfLimits } from "./ddf-limits.ts";
import { readDdfRange } from "./ddf-range.ts";
import { decodeXml } from "./ddf-text.ts";
import { readXml, type XmlElement } from "./xml-element.ts";

/** An object's definition as a file has it: the model, and the words about it that only people read. */
export interface DescribedObject {
  readonly model: ObjectModel;
  readonly description: string;
  readonly resourceDescriptions: ReadonlyMap<number, string>;
}

/** What a file of definitions holds. Notes tell what in it was passed over, each a sentence with its line. */
export interface DdfContent {
  readonly objects: readonly DescribedObject[];
  readonly notes: readonly string[];
}

const types: Readonly<Record<string, ResourceType>> = {
  string: "string",
  integer: "integer",
  "unsigned integer": "unsigned",
  unsigned: "unsigned",
  float: "float",
  boolean: "boolean",
  opaque: "opaque",
  time: "time",
  objlnk: "objlnk",
  corelnk: "corelnk",
};
const urnPattern = /^urn:oma:lwm2m:[a-z]+:(\d+)(?::(\d{1,3}\.\d{1,3}))?$/;
const operations: readonly Operations[] = ["R", "W", "RW", "E", ""];

/**
 * Reads object definitions as OMA publishes them (the LWM2M schema: LWM2M / Object / Resources / Item, OMA TS Core 1.1
 * Appendix D.1).
 *
 * A definition is taken whole or not at all. Throws {@link DdfFault} with the line and what to do about it. Files come from
 * anywhere: nothing outside the file is ever looked up, and {@link ddfLimits} hold before anything is built.
 */
export function parseDdf(bytes: Uint8Array): DdfContent {
  const root = readXml(decodeXml(bytes));
  if (root.name !== "LWM2M") {
    throw new DdfFault(
      `the root element is <${shorten(root.name)}>, not <LWM2M>. Send an OMA object definition.`,
      root.line,
    );
  }
  const elements = root.children.filter(({ name }) => name === "Object");
  if (elements.length === 0) throw new DdfFault("there is no <Object> in it.", root.line);
  if (elements.length > ddfLimits.objectsMax) {
    throw new DdfFault(`there are ${elements.length} objects, and a file may have ${ddfLimits.objectsMax}. Split it.`);
  }
  const notes: string[] = [];
  const seen = new Map<string, number>();
  const objects = elements.map((element) => {
    const object = readObject(element, notes);
    const key = `${object.model.id} ${object.model.version}`;
    const before = seen.get(key);
    if (before !== undefined) {
      const what = `object ${object.model.id} version ${object.model.version}`;
      throw new DdfFault(`${what} is there twice, first on line ${before}. Keep one.`, element.line);
    }
    seen.set(key, element.line);
    return object;
  });
  return { objects, notes };
}

function readObject(element: XmlElement, notes: string[]): DescribedObject {
  const id = readId(demand(element, "ObjectID"), "an object id");
  // Files of before versions had an element of their own say it in the URN alone.
  const version =
    readVersion(child(element, "ObjectVersion"), "an object version") ??
    urnPattern.exec(readLine(child(element, "ObjectURN")))?.[2] ??
    "1.0";
  readVersion(child(element, "LWM2MVersion"), "an LwM2M version");
  const urn = readUrn(element, id, version);
  const resources = new Map<number, ResourceModel>();
  const resourceDescriptions = new Map<number, string>();
  const lines = new Map<number, number>();
  const items = demand(element, "Resources").children.filter(({ name }) => name === "Item");
  if (items.length > ddfLimits.resourcesMax) {
    throw new DdfFault(
      `object ${id} has ${items.length} resources, and may have ${ddfLimits.resourcesMax}.`,
      element.line,
    );
  }
  for (const item of items) {
    const resource = readResource(item, notes);
    const before = lines.get(resource.id);
    if (before !== undefined) {
      throw new DdfFault(`resource ${resource.id} is there twice, first on line ${before}. Keep one.`, item.line);
    }
    lines.set(resource.id, item.line);
    resources.set(resource.id, resource);
    const description = prose(child(item, "Description"));
    if (description) resourceDescriptions.set(resource.id, description);
  }
  return {
    model: {
      id,
      name: readName(element, `object ${id}`),
      urn,
      version,
      multiple: readWord(demand(element, "MultipleInstances"), "Multiple", "Single"),
      mandatory: readMandatory(element, `object ${id}`, notes),
      resources: new Map([...resources].sort(([a], [b]) => a - b)),
    },
    description: prose(child(element, "Description1")),
    resourceDescriptions,
  };
}

function readResource(item: XmlElement, notes: string[]): ResourceModel {
  const said = item.attributes.ID;
  if (said === undefined) throw new DdfFault(`an <Item> has no ID. Write <Item ID="0">.`, item.line);
  const id = readId({ ...item, text: said.trim() }, "a resource id");
  const operationsElement = demand(item, "Operations");
  const allowed = operations.find((known) => known === operationsElement.text.toUpperCase());
  if (allowed === undefined) {
    throw new DdfFault(
      `resource ${id} has the operations "${shorten(operationsElement.text)}". Write R, W, RW or E, or nothing for bootstrap alone: what is executed holds no value that could be read or written.`,
      operationsElement.line,
    );
  }
  const multiple = readWord(demand(item, "MultipleInstances"), "Multiple", "Single");
  if (allowed === "E" && multiple) {
    throw new DdfFault(`resource ${id} is executed, so it is Single and not Multiple.`, item.line);
  }
  const type = readType(item, { id, allowed, notes });
  const rangeElement = child(item, "RangeEnumeration");
  const range = readDdfRange(readLine(rangeElement), type);
  if (range === "inverted") {
    throw new DdfFault(`the range of resource ${id} ends before it begins: nothing fits in it.`, rangeElement?.line);
  }
  return {
    id,
    name: readName(item, `resource ${id}`),
    operations: allowed,
    multiple,
    mandatory: readMandatory(item, `resource ${id}`, notes),
    ...(type && { type }),
    range: allowed === "E" ? "" : range,
    units: readLine(child(item, "Units")),
  };
}

function readType(
  item: XmlElement,
  { id, allowed, notes }: { id: number; allowed: Operations; notes: string[] },
): ResourceType | undefined {
  const element = child(item, "Type");
  const said = element?.text ?? "";
  if (allowed === "E") {
    if (said)
      notes.push(`Line ${element?.line}: resource ${id} is executed, so its type ${shorten(said)} was left out.`);
    return undefined;
  }
  const type = Object.hasOwn(types, said.toLowerCase()) ? types[said.toLowerCase()] : undefined;
  if (type) return type;
  throw new DdfFault(
    `resource ${id} has ${said ? `the type "${shorten(said)}"` : "no type"}. Write String, Integer, Unsigned Integer, Float, Boolean, Opaque, Time, Objlnk or Corelnk.`,
    element?.line ?? item.line,
  );
}

function readUrn(element: XmlElement, id: number, version: string): string {
  const urn = readLine(child(element, "ObjectURN"));
  const said = urnPattern.exec(urn);
  const isAnother = said && (Number(said[1]) !== id || (said[2] !== undefined && said[2] !== version));
  if (isAnother) {
    const line = child(element, "ObjectURN")?.line;
    throw new DdfFault(
      `the URN ${shorten(urn)} does not belong to object ${id} version ${version}. Mend one of them.`,
      line,
    );
  }
  return urn;
}

function child(element: XmlElement, name: string): XmlElement | undefined {
  const [first, second] = element.children.filter((candidate) => candidate.name === name);
  if (second) throw new DdfFault(`<${name}> is there twice in <${element.name}>. Keep one.`, second.line);
  return first;
}

function demand(element: XmlElement, name: string): XmlElement {
  const found = child(element, name);
  if (!found) throw new DdfFault(`<${element.name}> has no <${name}>. Add it.`, element.line);
  return found;
}

function readId({ text, line }: XmlElement, what: string): number {
  // Not Number(): that reads "", "0x5" and "3e1" as numbers.
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_534) {
    throw new DdfFault(`"${shorten(text)}" is not ${what}. Write a number from 0 to 65534.`, line);
  }
  return Number(text);
}

function readVersion(element: XmlElement | undefined, what: string): string | undefined {
  if (!element || element.text === "") return undefined;
  if (/^\d{1,3}\.\d{1,3}$/.test(element.text)) return element.text.split(".").map(Number).join(".");
  throw new DdfFault(`"${shorten(element.text)}" is not ${what}. Write it like 1.0.`, element.line);
}

/** One of two words; true for the first. */
function readWord({ name, text, line }: XmlElement, yes: string, no: string): boolean {
  if (text.toLowerCase() === yes.toLowerCase()) return true;
  if (text.toLowerCase() === no.toLowerCase()) return false;
  throw new DdfFault(`<${name}> is "${shorten(text)}". Write ${yes} or ${no}.`, line);
}

/** The registry has files in which nothing stands here. Only people read it, so it keeps no file out. */
function readMandatory(element: XmlElement, whose: string, notes: string[]): boolean {
  const found = demand(element, "Mandatory");
  if (found.text !== "") return readWord(found, "Mandatory", "Optional");
  notes.push(`Line ${found.line}: nothing says whether ${whose} is mandatory, so it is taken for optional.`);
  return false;
}

function readName(element: XmlElement, whose: string): string {
  const found = demand(element, "Name");
  const name = found.text.replace(/\s+/g, " ");
  if (name === "") throw new DdfFault(`${whose} has no name. Write one in <Name>.`, found.line);
  if (name.length > ddfLimits.nameCharsMax) {
    throw new DdfFault(`the name of ${whose} is longer than ${ddfLimits.nameCharsMax} characters.`, found.line);
  }
  return name;
}

function readLine(element: XmlElement | undefined): string {
  const line = element?.text.replace(/\s+/g, " ") ?? "";
  if (line.length <= ddfLimits.lineCharsMax) return line;
  throw new DdfFault(`<${element?.name}> is longer than ${ddfLimits.lineCharsMax} characters.`, element?.line);
}

function prose(element: XmlElement | undefined): string {
  const text = element?.text ?? "";
  return text.length > ddfLimits.descriptionCharsMax
    ? `${text.slice(0, ddfLimits.descriptionCharsMax)}…`.toWellFormed()
    : text;
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…`.toWellFormed() : text;
}
