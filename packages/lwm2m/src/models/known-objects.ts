import { ObjectModels } from "../object-model.ts";
import { coreObjects } from "./core.ts";
import { objectModel } from "./definition.ts";
import { lightingObjects } from "./lighting.ts";

/** Every object definition that we bring along. */
export function knownObjects(): ObjectModels {
  return new ObjectModels([...coreObjects, ...lightingObjects].map(objectModel));
}
