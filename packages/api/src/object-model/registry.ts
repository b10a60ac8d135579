import type { PrismaClient } from "@lamplighter/db/generated/client";
import { type DefinitionDocument, fromDocument } from "@lamplighter/lwm2m/ddf/definition-document";
import type { ObjectModels } from "@lamplighter/lwm2m/object-model";

/** Uploaded definitions kept at most: objects times versions. OMA's registry has some 500 of them. */
export const definitionsMax = 2_000;

/**
 * Puts the uploaded definitions into the registry, beside those that the program brings along. Once, at start.
 *
 * A later program may bring along what was uploaded to an earlier one: its own holds then, and the uploaded one goes.
 */
export async function loadDefinitions(db: PrismaClient, models: ObjectModels): Promise<void> {
  for (const { document } of await db.objectDefinition.findMany({ select: { document: true } })) {
    const definition = document as unknown as DefinitionDocument;
    const { id, version } = definition;
    if (models.get(id, version)) await db.objectDefinition.deleteMany({ where: { objectId: id, version } });
    else models.put(fromDocument(definition));
  }
}
