import {
  type InstanceNode,
  instance,
  multiple,
  type Node,
  object,
  type ResourceNode,
  resourcesOf,
  single,
} from "./node.ts";
import { formatPath, type Path } from "./path.ts";
import type { ResourceValue } from "./value.ts";

/** What stands at one of several places, as composite operations and Send speak of them. */
export interface PathNode {
  readonly path: string;
  readonly node: Node;
}

/** One value with its place: a resource, or a resource instance. */
export interface PathValue {
  readonly path: Path;
  readonly value: ResourceValue;
  /** When it was so, in milliseconds since the epoch; absent means now. */
  readonly at?: number;
}

/** Takes a node apart into its values. */
export function valuesOf(node: Node, at: Path): PathValue[] {
  const values: PathValue[] = [];
  for (const { path, resource } of resourcesOf(node, at)) {
    if (resource.kind === "single") values.push({ path, value: resource.value });
    else for (const [id, value] of resource.values) values.push({ path: { ...path, resourceInstance: id }, value });
  }
  return values;
}

/** Whether `path` is `place` or stands below it. Without a place: the root, below which everything stands. */
export function isWithin(path: Path, place: Path | undefined): boolean {
  if (!place) return true;
  const keys = ["object", "instance", "resource", "resourceInstance"] as const;
  return keys.every((key) => place[key] === undefined || place[key] === path[key]);
}

/** Puts the values below one place together into its node; `undefined` when there are none. */
export function nodeFrom(place: Path, values: readonly PathValue[]): Node | undefined {
  const below = values.filter(({ path }) => isWithin(path, place) && path.resource !== undefined);
  const first = below[0];
  if (!first) return undefined;
  if (place.resourceInstance !== undefined) {
    return { kind: "resource-instance", resourceInstance: place.resourceInstance, value: first.value };
  }
  const instances = new Map<number, Map<number, ResourceNode>>();
  for (const { path, value } of below) {
    const { instance: id = 0, resource = 0, resourceInstance } = path;
    const resources = instances.get(id) ?? new Map<number, ResourceNode>();
    instances.set(id, resources);
    const former = resources.get(resource);
    const several = former?.kind === "multiple" ? former.values : [];
    resources.set(
      resource,
      resourceInstance === undefined
        ? single(resource, value)
        : multiple(resource, new Map([...several, [resourceInstance, value]])),
    );
  }
  const nodes: InstanceNode[] = [...instances].map(([id, resources]) => instance(id, resources.values()));
  if (place.instance === undefined) return object(place.object, nodes);
  if (place.resource === undefined) return nodes[0];
  return nodes[0]?.resources.get(place.resource);
}

/** What an answer says of each place that was asked about; of the root, object by object. Places of which it says nothing are left out. */
export function nodesFrom(places: readonly (Path | undefined)[], values: readonly PathValue[]): PathNode[] {
  const objects = [...new Set(values.map(({ path }) => path.object))].map((id): Path => ({ object: id }));
  return places
    .flatMap((place) => place ?? objects)
    .flatMap((place) => {
      const node = nodeFrom(place, values);
      return node ? [{ path: formatPath(place), node }] : [];
    });
}
