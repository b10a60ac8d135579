import type { ResourceType } from "./value.ts";

/** What a server may do with a resource: read, write, both, execute, or (for bootstrap alone) nothing. */
export type Operations = "R" | "W" | "RW" | "E" | "";

/** The definition of one resource of an object. */
export interface ResourceModel {
  readonly id: number;
  readonly name: string;
  readonly operations: Operations;
  readonly multiple: boolean;
  readonly mandatory: boolean;
  /** Absent for what can only be executed. */
  readonly type?: ResourceType;
  /** As people read it: `0..100`, `0..255 bytes`, `16, 32 or 48 bytes`; empty when anything goes. */
  readonly range: string;
  /** As the registry spells it: `W`, `Cel`, `/100`; empty when there is none. */
  readonly units: string;
}

/** The definition of one version of an object. */
export interface ObjectModel {
  readonly id: number;
  readonly name: string;
  readonly urn: string;
  readonly version: string;
  readonly multiple: boolean;
  readonly mandatory: boolean;
  readonly resources: ReadonlyMap<number, ResourceModel>;
}

/**
 * Object definitions by id and version. Pure data: the console uses the same ones as the engine. Definitions may be put in
 * and taken out while devices are operated; whoever derives something from them looks at {@link revision}.
 */
export class ObjectModels {
  readonly #byId = new Map<number, ObjectModel[]>();
  #revision = 0;

  constructor(models: Iterable<ObjectModel>) {
    for (const model of models) {
      const versions = this.#byId.get(model.id) ?? [];
      versions.push(model);
      versions.sort((a, b) => compareVersions(a.version, b.version));
      this.#byId.set(model.id, versions);
    }
  }

  /** Counts up with every change. */
  get revision(): number {
    return this.#revision;
  }

  /** Puts in a definition, in place of the one of the same object and version. Holds from the next operation on. */
  put(model: ObjectModel): void {
    const others = (this.#byId.get(model.id) ?? []).filter(({ version }) => version !== model.version);
    this.#byId.set(
      model.id,
      [...others, model].sort((a, b) => compareVersions(a.version, b.version)),
    );
    this.#revision++;
  }

  /** Takes out one version of an object; does nothing when it is not there. */
  remove(id: number, version: string): void {
    const rest = (this.#byId.get(id) ?? []).filter((model) => model.version !== version);
    if (rest.length > 0) this.#byId.set(id, rest);
    else this.#byId.delete(id);
    this.#revision++;
  }

  /** Exactly this version of an object. */
  get(id: number, version: string): ObjectModel | undefined {
    return this.#byId.get(id)?.find((model) => model.version === version);
  }

  /**
   * Finds an object's definition: the version asked for; otherwise the newest of the same major version, whose
   * resources keep their meaning; otherwise, or when no version is given, the newest. `undefined` for an object we do
   * not know.
   */
  find(objectId: number, version?: string): ObjectModel | undefined {
    const versions = this.#byId.get(objectId);
    if (!versions) return undefined;
    if (version === undefined) return versions.at(-1);
    const major = version.split(".")[0];
    return (
      versions.find((model) => model.version === version) ??
      versions.findLast((model) => model.version.split(".")[0] === major) ??
      versions.at(-1)
    );
  }

  /** The newest version of an object that has the same major number. */
  newestOfMajor(id: number, version: string): ObjectModel | undefined {
    const major = version.split(".")[0];
    return this.#byId.get(id)?.findLast((model) => model.version.split(".")[0] === major);
  }

  /** Every version of every object, in no promised order. */
  *all(): Generator<ObjectModel> {
    for (const versions of this.#byId.values()) yield* versions;
  }
}

function compareVersions(a: string, b: string): number {
  const [aMajor = 0, aMinor = 0] = a.split(".").map(Number);
  const [bMajor = 0, bMinor = 0] = b.split(".").map(Number);
  return aMajor - bMajor || aMinor - bMinor;
}
