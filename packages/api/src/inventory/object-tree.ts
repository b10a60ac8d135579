import type { ObjectModel, ResourceModel } from "@lamplighter/lwm2m/object-model";
import { parsePath } from "@lamplighter/lwm2m/path";
import type { RegisteredObject } from "@lamplighter/lwm2m/registration";
import type { ObjectView, ReadingView, ResourceView } from "../views.ts";

export interface TreeSource {
  /** As the light announced them. */
  readonly objects: readonly RegisteredObject[];
  /** The definition of an object in the version that this light has. */
  readonly modelOf: (object: number) => ObjectModel | undefined;
  /** What is observed now: paths, or the paths of a composite with a space between each. */
  readonly observed: readonly string[];
  readonly readings: readonly ReadingView[];
}

/**
 * Lays out what a light has for people: every announced object with the definition of its version, and in each instance
 * the resources that the definition or a reading knows of. An object nobody defined shows what was read of it.
 */
export function objectTree({ objects, modelOf, observed, readings }: TreeSource): ObjectView[] {
  const byInstance = new Map<string, Map<number, ReadingView>>();
  for (const reading of readings) {
    const { object, instance, resource } = parsePath(reading.path);
    if (instance === undefined || resource === undefined) continue;
    const key = `/${object}/${instance}`;
    const resources = byInstance.get(key) ?? new Map();
    byInstance.set(key, resources.set(resource, reading));
  }
  // An observation of LwM2M 1.2 may have attributes of its own; it is cancelled without them.
  const watched = observed
    .map((target) => target.replace(/\?.*$/, ""))
    .flatMap((target) => target.split(" ").map((at) => ({ at, target })));
  const observedBy = (path: string) =>
    watched.find(({ at }) => path === at || at === "/" || path.startsWith(`${at}/`))?.target ?? null;

  return objects.map(({ object, version, instances }): ObjectView => {
    const model = modelOf(object);
    return {
      object,
      name: model?.name ?? `Object ${object}`,
      version: version ?? model?.version ?? "1.0",
      known: model !== undefined,
      multiple: model?.multiple ?? true,
      instances: instances.map((instance) => {
        const read = byInstance.get(`/${object}/${instance}`) ?? new Map<number, ReadingView>();
        return {
          instance,
          resources: resourceIds(model, read).map((resource) => {
            const path = `/${object}/${instance}/${resource}`;
            return resourceView(path, resource, {
              definition: model?.resources.get(resource),
              reading: read.get(resource),
              observedBy: observedBy(path),
            });
          }),
        };
      }),
    };
  });
}

function resourceIds(model: ObjectModel | undefined, read: ReadonlyMap<number, unknown>): number[] {
  return [...new Set([...(model?.resources.keys() ?? []), ...read.keys()])].sort((a, b) => a - b);
}

function resourceView(
  path: string,
  resource: number,
  known: { definition: ResourceModel | undefined; reading: ReadingView | undefined; observedBy: string | null },
): ResourceView {
  const { definition, reading, observedBy } = known;
  return {
    resource,
    path,
    name: definition?.name ?? `Resource ${resource}`,
    // What no definition covers may be tried; the light says if it cannot.
    operations: definition?.operations ?? "RW",
    multiple: definition?.multiple ?? reading?.value.type === "multiple",
    type: definition ? (definition.type ?? "") : (reading?.value.type ?? ""),
    range: definition?.range ?? "",
    units: definition?.units ?? "",
    observed: observedBy !== null,
    observedBy,
    reading: reading ?? null,
  };
}
