import type { Path } from "./path.ts";
import type { ResourceValue } from "./value.ts";

/** What stands at a path: a whole object, one instance of it, a resource, or one instance of a resource. */
export type Node = ObjectNode | InstanceNode | ResourceNode | ResourceInstanceNode;

export interface ObjectNode {
  readonly kind: "object";
  readonly object: number;
  readonly instances: ReadonlyMap<number, InstanceNode>;
}

export interface InstanceNode {
  readonly kind: "instance";
  readonly instance: number;
  readonly resources: ReadonlyMap<number, ResourceNode>;
}

/** A resource holds one value, or several numbered ones where its definition says "multiple". */
export type ResourceNode = SingleResource | MultipleResource;

export interface SingleResource {
  readonly kind: "single";
  readonly resource: number;
  readonly value: ResourceValue;
}

export interface MultipleResource {
  readonly kind: "multiple";
  readonly resource: number;
  readonly values: ReadonlyMap<number, ResourceValue>;
}

export interface ResourceInstanceNode {
  readonly kind: "resource-instance";
  readonly resourceInstance: number;
  readonly value: ResourceValue;
}

/** Builds a resource with one value. */
export function single(resource: number, value: ResourceValue): SingleResource {
  return { kind: "single", resource, value };
}

/** Builds a resource with several values; an array is numbered from 0. */
export function multiple(
  resource: number,
  values: ReadonlyMap<number, ResourceValue> | readonly ResourceValue[],
): MultipleResource {
  return { kind: "multiple", resource, values: values instanceof Map ? values : new Map([...values.entries()]) };
}

/** Builds an instance from its resources. */
export function instance(id: number, resources: Iterable<ResourceNode>): InstanceNode {
  return { kind: "instance", instance: id, resources: new Map([...resources].map((node) => [node.resource, node])) };
}

/** Builds an object from its instances. */
export function object(id: number, instances: Iterable<InstanceNode>): ObjectNode {
  return { kind: "object", object: id, instances: new Map([...instances].map((node) => [node.instance, node])) };
}

/** The one value of a single resource or a resource instance; `undefined` for anything larger. */
export function singleValue(node: Node): ResourceValue | undefined {
  return node.kind === "single" || node.kind === "resource-instance" ? node.value : undefined;
}

/** Lists every resource below `node` with its path; `at` is the path at which the node stands. */
export function* resourcesOf(
  node: Node,
  at: Path,
): Generator<{ readonly path: Path; readonly resource: ResourceNode }> {
  switch (node.kind) {
    case "object":
      for (const child of node.instances.values()) {
        yield* resourcesOf(child, { object: at.object, instance: child.instance });
      }
      return;
    case "instance":
      for (const resource of node.resources.values()) {
        yield { path: { object: at.object, instance: node.instance, resource: resource.resource }, resource };
      }
      return;
    case "single":
    case "multiple":
      yield { path: { object: at.object, instance: at.instance ?? 0, resource: node.resource }, resource: node };
      return;
    case "resource-instance": {
      const resource = at.resource ?? 0;
      yield {
        path: { object: at.object, instance: at.instance ?? 0, resource },
        resource: multiple(resource, new Map([[node.resourceInstance, node.value]])),
      };
    }
  }
}
