import type { PathContent } from "../composite-operations.ts";
import { MalformedInput } from "../malformed-input.ts";
import { instance, multiple, type Node, type ResourceNode, single } from "../node.ts";
import type { ResourceType, ResourceValue } from "../value.ts";
import type { QueuedOperation } from "./queued-request.ts";

/** A value that JSON can carry: every type as text, bytes as base64, an object link as `3:0`. */
export interface PlainValue {
  readonly type: ResourceType;
  readonly value: string;
}

/** What a queued request writes, as JSON can carry it: one value, several, a whole instance, or one of several. */
export type PlainContent =
  | { readonly kind: "value"; readonly value: PlainValue }
  | PlainResource
  | { readonly kind: "instance"; readonly instance: number; readonly resources: readonly PlainResource[] }
  | { readonly kind: "resource-instance"; readonly resourceInstance: number; readonly value: PlainValue };

/** What a queued Write-Composite writes at one of its places, or that a resource instance there is to be deleted. */
export interface PlainPathContent {
  readonly path: string;
  readonly content: PlainContent | "delete";
}

type PlainResource =
  | { readonly kind: "single"; readonly resource: number; readonly value: PlainValue }
  | {
      readonly kind: "multiple";
      readonly resource: number;
      readonly values: readonly (readonly [number, PlainValue])[];
    };

/** Turns what is to be written into plain data. Whole objects are never written, and are a {@link MalformedInput}. */
export function plainContent(content: ResourceValue | Node): PlainContent {
  if (!("kind" in content)) return { kind: "value", value: plainValue(content) };
  switch (content.kind) {
    case "single":
    case "multiple":
      return plainResource(content);
    case "instance":
      return {
        kind: "instance",
        instance: content.instance,
        resources: [...content.resources.values()].map(plainResource),
      };
    case "resource-instance":
      return { ...content, value: plainValue(content.value) };
    case "object":
      throw new MalformedInput("content", "a whole object cannot be written: write its instances");
  }
}

/** A Write-Composite as it can be queued. Whole objects are never written, and are a {@link MalformedInput}. */
export function plainComposite(
  contents: readonly PathContent[],
): Extract<QueuedOperation, { kind: "write-composite" }> {
  return {
    kind: "write-composite",
    path: contents.map(({ path }) => path).join(" "),
    contents: contents.map(({ path, content }) => ({
      path,
      content: content === "delete" ? content : plainContent(content),
    })),
  };
}

/** The way back. Throws {@link MalformedInput} for a value that is none of its type. */
export function contentFrom(plain: PlainContent): ResourceValue | Node {
  switch (plain.kind) {
    case "value":
      return valueFrom(plain.value);
    case "instance":
      return instance(plain.instance, plain.resources.map(resourceFrom));
    case "resource-instance":
      return { ...plain, value: valueFrom(plain.value) };
    default:
      return resourceFrom(plain);
  }
}

function plainResource(node: ResourceNode): PlainResource {
  if (node.kind === "single") return { ...node, value: plainValue(node.value) };
  return { ...node, values: [...node.values].map(([id, value]) => [id, plainValue(value)] as const) };
}

function resourceFrom(plain: PlainResource): ResourceNode {
  if (plain.kind === "single") return single(plain.resource, valueFrom(plain.value));
  return multiple(plain.resource, new Map(plain.values.map(([id, value]) => [id, valueFrom(value)])));
}

function plainValue(value: ResourceValue): PlainValue {
  switch (value.type) {
    case "opaque":
      return { type: "opaque", value: Buffer.from(value.value).toString("base64") };
    case "objlnk":
      return { type: "objlnk", value: `${value.value.object}:${value.value.instance}` };
    case "float":
      // String() alone writes minus zero as 0.
      return { type: "float", value: Object.is(value.value, -0) ? "-0" : String(value.value) };
    default:
      return { type: value.type, value: String(value.value) };
  }
}

function valueFrom({ type, value }: PlainValue): ResourceValue {
  switch (type) {
    case "integer":
    case "unsigned":
    case "time":
      if (!/^-?\d{1,20}$/.test(value)) throw new MalformedInput("value", `${JSON.stringify(value)} is no ${type}`);
      return { type, value: BigInt(value) };
    case "float":
      return { type, value: Number(value) };
    case "boolean":
      return { type, value: value === "true" };
    case "opaque":
      return { type, value: new Uint8Array(Buffer.from(value, "base64")) };
    case "objlnk": {
      const [object, at] = value.split(":").map(Number);
      if (object === undefined || at === undefined) throw new MalformedInput("value", `${value} is no object link`);
      return { type, value: { object, instance: at } };
    }
    default:
      return { type, value };
  }
}
