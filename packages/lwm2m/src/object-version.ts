import type { ObjectModel, ObjectModels } from "./object-model.ts";
import { type Lwm2mVersion, type Registration, registeredObject } from "./registration.ts";

/** Versions of the core objects that a device means when its object list names none, by protocol version. Others are 1.0. */
const impliedVersions: Readonly<Record<Lwm2mVersion, Readonly<Record<number, string>>>> = {
  "1.0": {},
  "1.1": { 0: "1.1", 1: "1.1", 3: "1.1", 4: "1.2" },
  "1.2": { 0: "1.2", 1: "1.2", 2: "1.1", 3: "1.2", 4: "1.3", 5: "1.1" },
};

/** What a registration says that decides about versions. */
export type Announced = Pick<Registration, "version" | "objects">;

/** The version of an object on a device: as announced, or as its protocol version implies (OMA TS Core 1.1 §7.2.2). */
export function objectVersion(registration: Announced, object: number): string {
  return registeredObject(registration, object)?.version ?? impliedVersion(registration.version, object);
}

/** The version that a device means when it announces an object without one. */
export function impliedVersion(protocol: Lwm2mVersion, object: number): string {
  return impliedVersions[protocol][object] ?? "1.0";
}

/**
 * Finds the definition of an object as a device has it, with the resources of newer versions added: devices that
 * implement a newer version without announcing it are common, and its resources are then still readable. Not those of
 * another major version: there they may mean something else.
 */
export class DeviceModels {
  readonly #models: ObjectModels;
  readonly #known = new Map<string, ObjectModel>();
  #revision: number;

  constructor(models: ObjectModels) {
    this.#models = models;
    this.#revision = models.revision;
  }

  find(registration: Announced, object: number): ObjectModel | undefined {
    const model = this.#models.find(object, objectVersion(registration, object));
    if (!model) return undefined;
    const newest = this.#models.newestOfMajor(object, model.version);
    if (!newest || model === newest) return model;
    if (this.#revision !== this.#models.revision) {
      this.#known.clear();
      this.#revision = this.#models.revision;
    }
    const key = `${object} ${model.version}`;
    let merged = this.#known.get(key);
    if (!merged) {
      merged = { ...model, resources: new Map([...newest.resources, ...model.resources]) };
      this.#known.set(key, merged);
    }
    return merged;
  }
}
