import type { Node, ResourceNode } from "./node.ts";
import { resourcesOf } from "./node.ts";
import type { ObjectModel, ResourceModel } from "./object-model.ts";
import { formatPath, levelOf, type Path } from "./path.ts";
import type { Lwm2mVersion } from "./registration.ts";
import { describeValue, type ResourceValue } from "./value.ts";
import { judgeValue } from "./value-range.ts";

/** Stands in for resources that we have no definition of: any value that its own type allows will do. */
const unknownResource: ResourceModel = {
  id: 0,
  name: "unknown",
  operations: "RW",
  multiple: false,
  mandatory: false,
  range: "",
  units: "",
};

/**
 * Judges a write before it is sent: does the content belong at the path, may it be written, is it of the right type and
 * in its range?
 *
 * Answers a sentence that names the path, the value and what is allowed; `undefined` when all is well. What we have no
 * definition of is left to the device to judge. A create may set resources that are read-only later.
 */
export function checkWrite(
  path: Path,
  node: Node,
  model: ObjectModel | undefined,
  purpose: "write" | "create" = "write",
): string | undefined {
  const misfit = checkShape(path, node, purpose);
  if (misfit) return misfit;
  for (const { path: place, resource } of resourcesOf(node, path)) {
    const wrong = checkResource(place, resource, model?.resources.get(resource.resource), purpose);
    if (wrong) return wrong;
  }
  return undefined;
}

/** Judges a deletion among the lines of a Write-Composite (OMA TS Core 1.2 §6.3.9): of an instance of a resource that can be written. */
export function checkDeletion(path: Path, model: ObjectModel | undefined, version: Lwm2mVersion): string | undefined {
  const resource = model?.resources.get(path.resource ?? -1);
  const what = named(path, resource);
  if (levelOf(path) !== "resource-instance") return `${what} cannot be deleted here: only a resource instance can.`;
  if (version !== "1.2") return `LwM2M ${version}, which this device speaks, cannot delete with a Write-Composite.`;
  if (resource && !resource.operations.includes("W")) return `${what} cannot be deleted: it cannot be written.`;
  if (resource && !resource.multiple) return `${what} holds one value, not several.`;
  return undefined;
}

/** Judges an execute: only a resource can be executed, and one that we know only if its definition says so. */
export function checkExecute(path: Path, args: string | undefined, model: ObjectModel | undefined): string | undefined {
  if (levelOf(path) !== "resource") return `${formatPath(path)} cannot be executed: only a resource can.`;
  const resource = model?.resources.get(path.resource ?? 0);
  if (resource && resource.operations !== "E") return `${named(path, resource)} cannot be executed.`;
  if (args !== undefined && !isArguments(args)) {
    return `${JSON.stringify(args)} are not arguments: write digits once each with quoted values, like 0='a',1.`;
  }
  return undefined;
}

/** Whether a text is an argument list: each digit at most once, with an optional quoted value (OMA TS Core 1.1 §6.3.5). */
export function isArguments(text: string): boolean {
  if (text === "") return true;
  const one = "\\d(?:='[^'\\\\\\x00-\\x1f]*')?";
  if (!new RegExp(`^${one}(?:,${one})*$`).test(text)) return false;
  const digits = [...text.matchAll(/(?:^|,)(\d)(?=$|,|=')/g)].map((match) => match[1]);
  return new Set(digits).size === digits.length;
}

function checkShape(path: Path, node: Node, purpose: "write" | "create"): string | undefined {
  const where = formatPath(path);
  const level = levelOf(path);
  switch (node.kind) {
    case "object":
      if (purpose === "create" && level === "object" && node.object === path.object) return undefined;
      return `${where} cannot be written as a whole: write its instances.`;
    case "instance":
      if (level === "instance" && node.instance === path.instance) return undefined;
      return `Instance ${node.instance} does not belong at ${where}.`;
    case "single":
    case "multiple":
      if (level === "resource" && node.resource === path.resource) return undefined;
      return `Resource ${node.resource} does not belong at ${where}.`;
    case "resource-instance":
      if (level === "resource-instance" && node.resourceInstance === path.resourceInstance) return undefined;
      return `Resource instance ${node.resourceInstance} does not belong at ${where}.`;
  }
}

function checkResource(
  path: Path,
  node: ResourceNode,
  model: ResourceModel | undefined,
  purpose: "write" | "create",
): string | undefined {
  const definition = model ?? unknownResource;
  if (model && purpose === "write" && !model.operations.includes("W")) {
    return `${named(path, model)} cannot be written${model.operations === "R" ? ": it is read-only" : ""}.`;
  }
  if (model?.operations === "E") return `${named(path, model)} cannot be written: it can only be executed.`;
  if (model && node.kind === "multiple" && !model.multiple)
    return `${named(path, model)} holds one value, not several.`;
  if (model && node.kind === "single" && model.multiple) {
    return `${named(path, model)} holds several values: write them all, or one at ${formatPath(path)}/<number>.`;
  }
  const values: readonly ResourceValue[] = node.kind === "single" ? [node.value] : [...node.values.values()];
  for (const value of values) {
    const wrong = judgeValue(value, definition);
    if (wrong) return `${named(path, model)} ${wrong} (the value is ${describeShort(value)}).`;
  }
  return undefined;
}

function named(path: Path, model: ResourceModel | undefined): string {
  return model ? `${formatPath(path)} (${model.name})` : formatPath(path);
}

function describeShort(value: ResourceValue): string {
  const described = describeValue(value);
  return described.length > 40 ? `${described.slice(0, 40)}…` : described;
}
