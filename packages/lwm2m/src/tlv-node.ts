import { MalformedInput } from "./malformed-input.ts";
import type { InstanceNode, MultipleResource, Node, ResourceNode } from "./node.ts";
import type { ObjectModel } from "./object-model.ts";
import { formatPath, levelOf, type Path } from "./path.ts";
import { decodeTlv, encodeTlv, misplaced, type TlvEntry } from "./tlv.ts";
import { decodeTlvValue, encodeTlvValue } from "./tlv-value.ts";
import type { ResourceValue } from "./value.ts";

/**
 * Reads the TLV answer to a read of `path` (OMA TS Core 1.1 §7.4.3). The model says of what types the values are; a
 * resource that it does not know comes out as opaque.
 *
 * Tolerated, because clients differ: resources with or without the instance around them where the path names the
 * instance; a lone instance left out on an object that has only one; a multiple resource with one value sent as single.
 * Throws {@link MalformedInput}.
 */
export function decodeTlvNode(bytes: Uint8Array, path: Path, model: ObjectModel | undefined): Node {
  const entries = decodeTlv(bytes);
  switch (levelOf(path)) {
    case "object":
      return { kind: "object", object: path.object, instances: readInstances(entries, path, model) };
    case "instance":
      return readInstance(unwrapped(entries, path), path, model);
    case "resource":
      return readWantedResource(unwrapped(entries, path), path, model);
    case "resource-instance":
      return readWantedResourceInstance(unwrapped(entries, path), path, model);
  }
}

/**
 * Writes a node in TLV for a write to, or a create at, `path`: an instance as its bare resources, an object (and so a
 * create) as instances with their numbers.
 */
export function encodeTlvNode(node: Node): Uint8Array {
  switch (node.kind) {
    case "object":
      return encodeTlv([...node.instances.values()].map(instanceEntry));
    case "instance":
      return encodeTlv([...node.resources.values()].map(resourceEntry));
    case "single":
    case "multiple":
      return encodeTlv([resourceEntry(node)]);
    case "resource-instance":
      return encodeTlv([{ kind: "resource-instance", id: node.resourceInstance, value: encodeTlvValue(node.value) }]);
  }
}

function readInstances(entries: readonly TlvEntry[], path: Path, model: ObjectModel | undefined) {
  const instances = new Map<number, InstanceNode>();
  if (entries.length > 0 && entries[0]?.kind !== "instance" && model?.multiple === false) {
    return instances.set(0, readInstance(entries, { object: path.object, instance: 0 }, model));
  }
  for (const entry of entries) {
    if (entry.kind !== "instance") misplaced(entry, formatPath(path));
    instances.set(entry.id, readInstance(entry.entries, { object: path.object, instance: entry.id }, model));
  }
  return instances;
}

function readInstance(entries: readonly TlvEntry[], path: Path, model: ObjectModel | undefined): InstanceNode {
  const resources = new Map<number, ResourceNode>();
  for (const entry of entries) {
    if (resources.has(entry.id)) throw new MalformedInput("TLV", `${formatPath(path)}/${entry.id} is there twice`);
    resources.set(entry.id, readResource(entry, path, model));
  }
  return { kind: "instance", instance: path.instance ?? 0, resources };
}

function readResource(entry: TlvEntry, path: Path, model: ObjectModel | undefined): ResourceNode {
  const where = `${formatPath({ object: path.object, instance: path.instance ?? 0 })}/${entry.id}`;
  const resourceModel = model?.resources.get(entry.id);
  const type = resourceModel?.type ?? "opaque";
  if (entry.kind === "multiple") {
    const values = new Map<number, ResourceValue>();
    for (const child of entry.entries) {
      if (child.kind !== "resource-instance") misplaced(child, where);
      values.set(child.id, decodeTlvValue(child.value, type, `${where}/${child.id}`));
    }
    return { kind: "multiple", resource: entry.id, values };
  }
  if (entry.kind !== "resource") misplaced(entry, formatPath(path));
  const value = decodeTlvValue(entry.value, type, where);
  if (resourceModel?.multiple) return { kind: "multiple", resource: entry.id, values: new Map([[0, value]]) };
  return { kind: "single", resource: entry.id, value };
}

function readWantedResource(entries: readonly TlvEntry[], path: Path, model: ObjectModel | undefined): ResourceNode {
  const wanted = path.resource ?? 0;
  const [entry, ...more] = entries;
  if (!entry) {
    // No bytes at all: a multiple resource without instances. A single one would have come with its header.
    if (model?.resources.get(wanted)?.multiple) return { kind: "multiple", resource: wanted, values: new Map() };
    throw new MalformedInput("TLV", `${formatPath(path)} has no value`, 0);
  }
  if (more[0]) misplaced(more[0], formatPath(path));
  if (entry.id !== wanted) misplaced(entry, formatPath(path));
  return readResource(entry, path, model);
}

function readWantedResourceInstance(entries: readonly TlvEntry[], path: Path, model: ObjectModel | undefined): Node {
  const wanted = path.resourceInstance ?? 0;
  const where = formatPath(path);
  const [entry, ...more] = entries;
  if (!entry) throw new MalformedInput("TLV", `${where} has no value`, 0);
  if (more[0]) misplaced(more[0], where);
  if (entry.kind === "resource-instance" && entry.id === wanted) {
    const type = model?.resources.get(path.resource ?? 0)?.type ?? "opaque";
    return {
      kind: "resource-instance",
      resourceInstance: wanted,
      value: decodeTlvValue(entry.value, type, where),
    };
  }
  if (entry.id !== path.resource || entry.kind !== "multiple") misplaced(entry, where);
  const resource = readResource(entry, path, model) as MultipleResource;
  const value = resource.values.get(wanted);
  if (!value || resource.values.size !== 1) throw new MalformedInput("TLV", `${where} is not what came back`);
  return { kind: "resource-instance", resourceInstance: wanted, value };
}

/** Takes away the instance around the resources, where there is one and it is the one of the path. */
function unwrapped(entries: readonly TlvEntry[], path: Path): readonly TlvEntry[] {
  const [entry] = entries;
  if (entry?.kind !== "instance") return entries;
  if (entries.length > 1 || entry.id !== path.instance) misplaced(entry, formatPath(path));
  return entry.entries;
}

function instanceEntry(node: InstanceNode): TlvEntry {
  return { kind: "instance", id: node.instance, entries: [...node.resources.values()].map(resourceEntry) };
}

function resourceEntry(node: ResourceNode): TlvEntry {
  if (node.kind === "single") return { kind: "resource", id: node.resource, value: encodeTlvValue(node.value) };
  const entries = [...node.values].map(
    ([id, value]): TlvEntry => ({ kind: "resource-instance", id, value: encodeTlvValue(value) }),
  );
  return { kind: "multiple", id: node.resource, entries };
}
