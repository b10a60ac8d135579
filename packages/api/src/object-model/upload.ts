import { isDeepStrictEqual } from "node:util";
import type { Prisma } from "@lamplighter/db/generated/client";
import { parseDdf } from "@lamplighter/lwm2m/ddf/ddf";
import { DdfFault } from "@lamplighter/lwm2m/ddf/ddf-fault";
import { ddfLimits } from "@lamplighter/lwm2m/ddf/ddf-limits";
import { breakingChange, fromDocument, toDocument } from "@lamplighter/lwm2m/ddf/definition-document";
import { z } from "zod";
import type { SignedIn } from "../context.ts";
import { isDuplicate } from "../db-error.ts";
import { recordEvent } from "../event/record.ts";
import { line } from "../input/text.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import { definitionsMax } from "./registry.ts";
import { definitionUsage, usageKey } from "./usage.ts";

/** What became of one definition in a file. */
export interface UploadedObject {
  readonly id: number;
  readonly version: string;
  readonly name: string;
  readonly resources: number;
  readonly outcome: "added" | "replaced" | "unchanged";
}

export interface UploadReport {
  readonly objects: readonly UploadedObject[];
  /** Sentences about what was passed over in the file. */
  readonly notes: readonly string[];
}

type Definition = ReturnType<typeof toDocument>;
type Plan = UploadedObject & { readonly definition: Definition };

/** Takes one file of object definitions, whole or not at all. They hold from the next operation on. */
export const uploadObjectModel = needs("model.write")
  .input(
    z.object({
      fileName: line.pipe(z.string().trim().min(1).max(255)),
      /** The file's bytes: what encoding they are in is for the parser to find out. */
      base64: z.base64().max(Math.ceil(ddfLimits.bytesMax / 3) * 4, {
        error: `The file is too large: an object definition may have ${ddfLimits.bytesMax / 1024} KiB. Split it, one object to a file.`,
      }),
      /** Whether a definition that is there already, and differs, gives way. */
      replace: z.boolean().default(false),
    }),
  )
  .mutation(async ({ ctx, input }): Promise<UploadReport> => {
    const { db, clock, actor, models, live } = ctx;
    const { objects, notes } = parsed(Buffer.from(input.base64, "base64"));
    const plans: Plan[] = [];
    for (const object of objects) plans.push(await planned(ctx, toDocument(object), input.replace));
    const changes = plans.filter(({ outcome }) => outcome !== "unchanged");
    const added = plans.filter(({ outcome }) => outcome === "added").length;
    if (added > 0 && (await db.objectDefinition.count()) + added > definitionsMax) {
      throw new Problem("too-many", `There are ${definitionsMax} uploaded definitions at most. Remove some first.`);
    }
    const at = clock.now();
    const storing = db.$transaction(async (db) => {
      for (const { id, version, name, outcome, definition } of changes) {
        const data = {
          ...{ name, fileName: input.fileName, uploadedBy: actor.id, uploadedAt: at },
          document: definition as unknown as Prisma.InputJsonObject,
        };
        if (outcome === "added") await db.objectDefinition.create({ data: { objectId: id, version, ...data } });
        else await db.objectDefinition.updateMany({ where: { objectId: id, version }, data });
        const message = `${outcome === "added" ? "Uploaded" : "Replaced"} the definition of object ${id} version ${version} (${name}).`;
        await recordEvent({ db, clock }, { actor: actor.id, kind: `object-model.${outcome}`, message });
      }
    });
    await storing.catch((error) => {
      if (!isDuplicate(error)) throw error;
      throw new Problem("name-taken", "Somebody uploaded the same definition just now. Load the list again.", {
        cause: error,
      });
    });
    for (const { definition } of changes) models.put(fromDocument(definition));
    if (changes.length > 0) live.note({ kind: "definitions" });
    return { objects: plans.map(({ definition: _, ...object }) => object), notes };
  });

function parsed(bytes: Uint8Array) {
  try {
    return parseDdf(bytes);
  } catch (error) {
    if (error instanceof DdfFault) throw new Problem("invalid-input", error.sentence, { cause: error });
    throw error;
  }
}

/** Decides what a definition does here, or refuses it. */
async function planned({ db, models }: SignedIn, definition: Definition, replace: boolean): Promise<Plan> {
  const { id, version, name } = definition;
  const what = `object ${id} version ${version}`;
  const plan = { id, version, name, resources: definition.resources.length, definition };
  const known = models.get(id, version);
  if (!known) return { ...plan, outcome: "added" };
  const row = await db.objectDefinition.findUnique({ where: { objectId_version: { objectId: id, version } } });
  if (!row) {
    throw new Problem(
      "wrong-state",
      `The definition of ${what} (${known.name}) comes with the program and stays as it is.`,
    );
  }
  if (isDeepStrictEqual(row.document, definition)) return { ...plan, outcome: "unchanged" };
  if (!replace) {
    throw new Problem(
      "name-taken",
      `Another definition of ${what} (${known.name}) is there already. Ask to replace it, or give yours a version of its own.`,
    );
  }
  const breaks = breakingChange(known, fromDocument(definition));
  const lights = breaks ? ((await definitionUsage(db, models)).get(usageKey(known)) ?? 0) : 0;
  if (lights > 0) {
    throw new Problem(
      "in-use",
      `${lights === 1 ? "One registered light is" : `${lights} registered lights are`} operated by ${what}, and this would change ${breaks}. Give it a version of its own.`,
    );
  }
  return { ...plan, outcome: "replaced" };
}
