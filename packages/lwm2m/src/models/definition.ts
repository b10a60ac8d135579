import type { ObjectModel, Operations, ResourceModel } from "../object-model.ts";
import type { ResourceType } from "../value.ts";

/** `multiple`, `mandatory`, both or neither. */
type Multiplicity = "" | "multiple" | "mandatory" | "multiple mandatory";

/** One resource as a row of a table: id, name, operations, type, multiplicity, range, units. */
export type ResourceRow = readonly [
  id: number,
  name: string,
  operations: Operations,
  type: ResourceType | "",
  multiplicity: Multiplicity,
  range?: string,
  units?: string,
];

/** One version of an object as it stands in the tables of this folder: compact, so that they can be read. */
export interface ObjectDefinition extends Omit<ObjectModel, "resources"> {
  readonly resources: readonly ResourceRow[];
}

/** Builds the model of an object from its table. */
export function objectModel({ resources, ...object }: ObjectDefinition): ObjectModel {
  return { ...object, resources: new Map(resources.map((row) => [row[0], resourceModel(row)])) };
}

function resourceModel([id, name, operations, type, multiplicity, range, units]: ResourceRow): ResourceModel {
  return {
    id,
    name,
    operations,
    multiple: multiplicity.startsWith("multiple"),
    mandatory: multiplicity.endsWith("mandatory"),
    ...(type !== "" && { type }),
    range: range ?? "",
    units: units ?? "",
  };
}
