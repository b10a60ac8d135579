import type { ObjectModel, ResourceModel } from "../object-model.ts";
import type { DescribedObject } from "./ddf.ts";

/** A definition as JSON can carry it: into a database, and to a screen. */
export interface DefinitionDocument extends Omit<ObjectModel, "resources"> {
  readonly description: string;
  readonly resources: readonly (ResourceModel & { readonly description: string })[];
}

/** Writes a definition down; resources by their numbers. */
export function toDocument({ model, description, resourceDescriptions }: DescribedObject): DefinitionDocument {
  const { resources, ...object } = model;
  return {
    ...object,
    description,
    resources: [...resources.values()]
      .sort((a, b) => a.id - b.id)
      .map((resource) => ({ ...resource, description: resourceDescriptions.get(resource.id) ?? "" })),
  };
}

/** The model of a definition that {@link toDocument} wrote. */
export function fromDocument({ description: _, resources, ...object }: DefinitionDocument): ObjectModel {
  return {
    ...object,
    resources: new Map(resources.map(({ description: _words, ...resource }) => [resource.id, resource])),
  };
}

/**
 * Tells what a new text of the same version would change for lights that are operated by the old one: a resource that goes,
 * or whose operations, type or number of values become others. Names, ranges and additions change nothing that was
 * understood before. `undefined` when nothing breaks.
 */
export function breakingChange(before: ObjectModel, after: ObjectModel): string | undefined {
  if (before.multiple !== after.multiple) return "how many instances there may be";
  for (const resource of before.resources.values()) {
    const now = after.resources.get(resource.id);
    const what = `resource ${resource.id} (${resource.name})`;
    if (!now) return `${what}, which is gone`;
    if (now.type !== resource.type) return `the type of ${what}`;
    if (now.operations !== resource.operations) return `the operations of ${what}`;
    if (now.multiple !== resource.multiple) return `whether ${what} holds several values`;
  }
  return undefined;
}
