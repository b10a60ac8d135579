import type { ReadingContext } from "../formats/reading-context.ts";
import type { ObjectModel, ResourceModel } from "../object-model.ts";
import type { ResourceType } from "../value.ts";

const types: readonly ResourceType[] = [
  "string",
  "integer",
  "unsigned",
  "float",
  "boolean",
  "opaque",
  "time",
  "objlnk",
  "corelnk",
];

/** The resource of {@link typedObject} that holds one value of a type. */
export const resourceOfType = (type: ResourceType) => types.indexOf(type);

/** The resource of {@link typedObject} that holds several values of a type. */
export const multipleOfType = (type: ResourceType) => 10 + types.indexOf(type);

/** An object, /30000, with a resource of every data type, single (0 to 8) and multiple (10 to 18). */
export const typedObject: ObjectModel = {
  id: 30_000,
  name: "Every type",
  urn: "urn:oma:lwm2m:x:30000",
  version: "1.0",
  multiple: true,
  mandatory: false,
  resources: new Map(
    types.flatMap((type): [number, ResourceModel][] => [
      [resourceOfType(type), resourceModel(resourceOfType(type), type, false)],
      [multipleOfType(type), resourceModel(multipleOfType(type), type, true)],
    ]),
  ),
};

/** Reads with {@link typedObject} as the only object known, in November 2023. */
export const typedContext: ReadingContext = {
  modelOf: (object) => (object === typedObject.id ? typedObject : undefined),
  nowSeconds: 1_700_000_000,
};

function resourceModel(id: number, type: ResourceType, multiple: boolean): ResourceModel {
  return { id, name: type, operations: "RW", multiple, mandatory: false, type, range: "", units: "" };
}
