import { MalformedInput } from "../malformed-input.ts";
import type { InstanceNode, Node, ResourceNode } from "../node.ts";
import { formatPath, levelOf, type Path } from "../path.ts";
import type { ResourceValue } from "../value.ts";
import { idsOf, isWithin, type PathValue, type ReadingContext } from "./reading-context.ts";

/**
 * Puts the values that came for `path` together into what stands there.
 *
 * A multiple resource with one value sent without a number is let pass as number 0, as in TLV. No values at all make an
 * empty object, instance or multiple resource. Throws {@link MalformedInput} for a value outside `path`, one that is
 * there twice, and a single value or resource instance that is missing. `what` names the format in an error.
 */
export function assembleNode(
  values: readonly PathValue[],
  path: Path,
  context: Pick<ReadingContext, "modelOf">,
  what: string,
): Node {
  const instances = collect(values, path, context, what);
  if (path.instance === undefined) {
    const nodes = [...instances].map(([id, resources]): [number, InstanceNode] => [id, instanceNode(id, resources)]);
    return { kind: "object", object: path.object, instances: new Map(nodes) };
  }
  const resources = instances.get(path.instance) ?? new Map<number, ResourceNode>();
  if (path.resource === undefined) return instanceNode(path.instance, resources);
  const resource = resources.get(path.resource);
  if (path.resourceInstance === undefined) {
    if (resource) return resource;
    const isMultiple = context.modelOf(path.object)?.resources.get(path.resource)?.multiple;
    if (isMultiple) return { kind: "multiple", resource: path.resource, values: new Map() };
    throw new MalformedInput(what, `${formatPath(path)} has no value`);
  }
  const value = resource?.kind === "multiple" ? resource.values.get(path.resourceInstance) : undefined;
  if (!value) throw new MalformedInput(what, `${formatPath(path)} has no value`);
  return { kind: "resource-instance", resourceInstance: path.resourceInstance, value };
}

/** Takes what stands at `at` apart into its values; the opposite of {@link assembleNode}. */
export function valuesOf(node: Node, at: Path): PathValue[] {
  switch (node.kind) {
    case "object":
      return [...node.instances.values()].flatMap((child) => valuesOf(child, { object: node.object }));
    case "instance": {
      const path = { object: at.object, instance: node.instance };
      return [...node.resources.values()].flatMap((child) => valuesOf(child, path));
    }
    case "single":
      return [{ path: resourcePath(at, node.resource), value: node.value }];
    case "multiple": {
      const path = resourcePath(at, node.resource);
      return [...node.values].map(([resourceInstance, value]) => ({ path: { ...path, resourceInstance }, value }));
    }
    case "resource-instance": {
      const path = resourcePath(at, at.resource);
      return [{ path: { ...path, resourceInstance: node.resourceInstance }, value: node.value }];
    }
  }
}

function resourcePath({ object, instance }: Path, resource: number | undefined): Path {
  if (instance === undefined || resource === undefined) {
    throw new RangeError(`a resource needs the path of its instance, not /${object}`);
  }
  return { object, instance, resource };
}

function collect(
  values: readonly PathValue[],
  wanted: Path,
  context: Pick<ReadingContext, "modelOf">,
  what: string,
): Map<number, Map<number, ResourceNode>> {
  const instances = new Map<number, Map<number, ResourceNode>>();
  for (const { path, value } of values) {
    const placed = numbered(path, context);
    if (!isWithin(placed, wanted)) misplaced(path, wanted, what);
    const [, instance, resource, resourceInstance] = idsOf(placed);
    if (instance === undefined || resource === undefined) {
      throw new MalformedInput(what, `a value stands at ${formatPath(path)}, which is a whole ${levelOf(path)}`);
    }
    const resources = instances.get(instance) ?? new Map<number, ResourceNode>();
    instances.set(instance, resources);
    resources.set(resource, added(resources.get(resource), resource, resourceInstance, value, path, what));
  }
  return instances;
}

function added(
  before: ResourceNode | undefined,
  resource: number,
  resourceInstance: number | undefined,
  value: ResourceValue,
  path: Path,
  what: string,
): ResourceNode {
  if (resourceInstance === undefined) {
    if (before) throw new MalformedInput(what, `${formatPath(path)} is there twice`);
    return { kind: "single", resource, value };
  }
  if (!before) return { kind: "multiple", resource, values: new Map([[resourceInstance, value]]) };
  if (before.kind === "single" || before.values.has(resourceInstance)) {
    throw new MalformedInput(what, `${formatPath(path)} is there twice`);
  }
  // Ours alone until it is returned: a copy per value would make long resources quadratic.
  (before.values as Map<number, ResourceValue>).set(resourceInstance, value);
  return before;
}

/** Gives a value of a multiple resource that came without one the number 0. */
function numbered(path: Path, context: Pick<ReadingContext, "modelOf">): Path {
  if (path.resource === undefined || path.resourceInstance !== undefined) return path;
  const isMultiple = context.modelOf(path.object)?.resources.get(path.resource)?.multiple;
  return isMultiple ? { ...path, resourceInstance: 0 } : path;
}

function instanceNode(id: number, resources: ReadonlyMap<number, ResourceNode>): InstanceNode {
  return { kind: "instance", instance: id, resources };
}

function misplaced(path: Path, wanted: Path, what: string): never {
  throw new MalformedInput(what, `${formatPath(path)} does not belong to ${formatPath(wanted)}`);
}
