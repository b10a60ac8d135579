import type { ObjectDefinition, PrismaClient } from "@lamplighter/db/generated/client";
import type { DefinitionDocument } from "@lamplighter/lwm2m/ddf/definition-document";
import type { ObjectModel, ObjectModels } from "@lamplighter/lwm2m/object-model";
import { Problem } from "../problem.ts";

/** One version of one object, as a list shows it. */
export interface ObjectModelRow {
  readonly id: number;
  readonly version: string;
  readonly name: string;
  readonly urn: string;
  readonly resources: number;
  readonly source: "built-in" | "uploaded";
  /** Registered lights that are operated by it. */
  readonly lights: number;
  readonly uploadedAt: string | null;
}

/** One version of one object with all that is known of it. */
export interface ObjectModelView extends ObjectModelRow {
  readonly description: string;
  readonly multiple: boolean;
  readonly mandatory: boolean;
  readonly definition: DefinitionDocument["resources"];
  readonly fileName: string | null;
  readonly uploadedBy: string | null;
}

export function rowOf(
  model: ObjectModel,
  { uploaded, lights }: { uploaded: Pick<ObjectDefinition, "uploadedAt"> | undefined; lights: number },
): ObjectModelRow {
  const { id, version, name, urn, resources } = model;
  return {
    ...{ id, version, name, urn, lights },
    resources: resources.size,
    source: uploaded ? "uploaded" : "built-in",
    uploadedAt: uploaded?.uploadedAt.toISOString() ?? null,
  };
}

/** The row of an uploaded definition; undefined for one that the program brings along. Throws for one that nobody knows. */
export async function foundDefinition(
  { db, models }: { db: PrismaClient; models: ObjectModels },
  { id, version }: { id: number; version: string },
): Promise<{ model: ObjectModel; uploaded: ObjectDefinition | undefined }> {
  const model = models.get(id, version);
  if (!model) {
    throw new Problem("not-found", `There is no definition of object ${id} version ${version}. Load the list again.`);
  }
  const row = await db.objectDefinition.findUnique({ where: { objectId_version: { objectId: id, version } } });
  return { model, uploaded: row ?? undefined };
}
