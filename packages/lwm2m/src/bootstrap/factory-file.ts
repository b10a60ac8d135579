import { MalformedInput } from "../malformed-input.ts";
import { knownObjects } from "../models/known-objects.ts";
import { type InstanceNode, instance, multiple, type ObjectNode, object, type ResourceNode, single } from "../node.ts";
import type { ResourceModel } from "../object-model.ts";
import { decodeText, encodeText } from "../text.ts";
import type { ResourceValue } from "../value.ts";

/**
 * A factory's provisioning file, as JSON:
 *
 * `{"format": "lwm2m-provisioning", "version": 1, "endpoint": "light-1", "objects": {"0": {"0": {"0": "coap://…"}}}}`
 *
 * `objects` holds, by object, instance and resource number, each value as the plain text that LwM2M gives it (opaque in
 * base64, true as `1`); a resource with several values is an object of them by number. `endpoint` is absent in a file that
 * is for any device.
 */
export interface FactoryFile {
  readonly endpoint?: string;
  readonly objects: readonly ObjectNode[];
}

const formatName = "lwm2m-provisioning";
/** A longer file is refused. */
export const factoryFileBytesMax = 64 * 1024;
const models = knownObjects();
const accountObjects: readonly number[] = [0, 1, 2];

/** Writes a factory file. */
export function encodeFactoryFile({ endpoint, objects }: FactoryFile): string {
  const written = Object.fromEntries(
    objects.map((node) => [
      node.object,
      Object.fromEntries([...node.instances.values()].map((each) => [each.instance, writtenInstance(each)])),
    ]),
  );
  return `${JSON.stringify({ format: formatName, version: 1, ...(endpoint !== undefined && { endpoint }), objects: written }, null, 2)}\n`;
}

/** Reads a factory file. Throws {@link MalformedInput} with the place at which it is wrong. */
export function decodeFactoryFile(json: string): FactoryFile {
  if (json.length > factoryFileBytesMax) throw new MalformedInput("provisioning file", "it is too long");
  const file = record(parsed(json), "provisioning file");
  if (file.format !== formatName || file.version !== 1) {
    throw new MalformedInput("provisioning file", `it is no "${formatName}" of version 1`);
  }
  if (file.endpoint !== undefined && typeof file.endpoint !== "string") throw new MalformedInput("endpoint", "no text");
  const objects = numbered(file.objects, "objects").map(([id, instances]) => {
    if (!accountObjects.includes(id)) throw new MalformedInput(`/${id}`, "only objects 0, 1 and 2 are provisioned");
    const nodes = numbered(instances, `/${id}`).map(([number, resources]) => readInstance(id, number, resources));
    return object(id, nodes);
  });
  return { ...(file.endpoint !== undefined && { endpoint: file.endpoint }), objects };
}

function writtenInstance({ resources }: InstanceNode) {
  return Object.fromEntries(
    [...resources.values()].map((node) => [
      node.resource,
      node.kind === "single"
        ? textOf(node.value)
        : Object.fromEntries([...node.values].map(([id, value]) => [id, textOf(value)])),
    ]),
  );
}

function readInstance(objectId: number, number: number, resources: unknown): InstanceNode {
  const model = models.find(objectId);
  const at = `/${objectId}/${number}`;
  const nodes = numbered(resources, at).map(([id, written]): ResourceNode => {
    const resource = model?.resources.get(id);
    if (!resource?.type) throw new MalformedInput(`${at}/${id}`, "there is no such resource");
    if (!resource.multiple) return single(id, readValue(written, resource, `${at}/${id}`));
    const values = numbered(written, `${at}/${id}`).map(
      ([place, each]) => [place, readValue(each, resource, `${at}/${id}/${place}`)] as const,
    );
    return multiple(id, new Map(values));
  });
  return instance(number, nodes);
}

function readValue(written: unknown, { type = "string" }: ResourceModel, at: string): ResourceValue {
  if (typeof written !== "string") throw new MalformedInput(at, "a value is written as text");
  return decodeText(new TextEncoder().encode(written), type, at);
}

function textOf(value: ResourceValue): string {
  return new TextDecoder().decode(encodeText(value));
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new MalformedInput("provisioning file", "it is not JSON");
  }
}

function record(value: unknown, at: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new MalformedInput(at, "no object of JSON");
  return value as Readonly<Record<string, unknown>>;
}

function numbered(value: unknown, at: string): (readonly [number, unknown])[] {
  return Object.entries(record(value, at)).map(([name, each]) => {
    if (!/^(0|[1-9]\d{0,4})$/.test(name) || Number(name) > 65_535) {
      throw new MalformedInput(
        at,
        `${JSON.stringify(name.slice(0, 16))} is no number of an object, instance or resource`,
      );
    }
    return [Number(name), each] as const;
  });
}
