import type { DefinitionDocument } from "@lamplighter/lwm2m/ddf/definition-document";
import { needs } from "../procedure.ts";
import { definitionKey } from "./input.ts";
import { definitionUsage, usageKey } from "./usage.ts";
import { foundDefinition, type ObjectModelView, rowOf } from "./view.ts";

/** One object definition with its resources. */
export const getObjectModel = needs("model.read")
  .input(definitionKey)
  .query(async ({ ctx: { db, models }, input }): Promise<ObjectModelView> => {
    const { model, uploaded } = await foundDefinition({ db, models }, input);
    const document = uploaded?.document as unknown as DefinitionDocument | undefined;
    const [usage, person] = await Promise.all([
      definitionUsage(db, models),
      uploaded && db.user.findUnique({ where: { id: uploaded.uploadedBy }, select: { name: true } }),
    ]);
    return {
      ...rowOf(model, { uploaded, lights: usage.get(usageKey(model)) ?? 0 }),
      description: document?.description ?? "",
      multiple: model.multiple,
      mandatory: model.mandatory,
      definition:
        document?.resources ?? [...model.resources.values()].map((resource) => ({ ...resource, description: "" })),
      fileName: uploaded?.fileName ?? null,
      uploadedBy: uploaded ? (person?.name ?? uploaded.uploadedBy) : null,
    };
  });
