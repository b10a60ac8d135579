import type { BootstrapConfiguration } from "@lamplighter/lwm2m/bootstrap/configuration";
import { encodeFactoryFile } from "@lamplighter/lwm2m/bootstrap/factory-file";
import { provisionedObjects } from "@lamplighter/lwm2m/bootstrap/provisioning";
import { encodeSmartcardFile } from "@lamplighter/lwm2m/bootstrap/smartcard-file";
import { z } from "zod";
import { recordEvent } from "../event/record.ts";
import { id } from "../input/text.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import { foundConfiguration } from "./view.ts";

/** A file for a factory or for a card, in base64. */
export interface ProvisioningFileView {
  readonly fileName: string;
  readonly base64: string;
}

/**
 * A configuration as a file: JSON for a factory, or the content of a card's EF LwM2M_Bootstrap. With `onlyBootstrap` it
 * holds nothing but the account of this bootstrap server, and lights get the rest from there.
 */
export const exportBootstrap = needs("bootstrap.write")
  .input(z.object({ id, kind: z.enum(["factory", "smartcard"]), onlyBootstrap: z.boolean().default(false) }))
  .mutation(async ({ ctx, input }): Promise<ProvisioningFileView> => {
    const { db, clock, actor, facts } = ctx;
    const row = await foundConfiguration(db, input.id);
    const document = row.document as unknown as BootstrapConfiguration;
    if (document.security.some(({ credentials }) => credentials.mode !== "no-sec")) {
      throw new Problem(
        "wrong-state",
        "This configuration holds keys, and keys go to lights alone. Export one without keys.",
      );
    }
    const configuration = input.onlyBootstrap ? bootstrapAlone(document, facts.bootstrapUri) : document;
    const objects = provisionedObjects(configuration);
    const isFactory = input.kind === "factory";
    const endpoint = row.endpoint === null ? {} : { endpoint: row.endpoint };
    const bytes = isFactory ? Buffer.from(encodeFactoryFile({ ...endpoint, objects })) : encodeSmartcardFile(objects);
    const message = `Exported bootstrap configuration "${row.name}" for a ${isFactory ? "factory" : "card"}.`;
    await recordEvent({ db, clock }, { actor: actor.id, kind: "bootstrap.exported", message });
    const plain =
      row.name
        .toLowerCase()
        .replaceAll(/[^a-z0-9]+/g, "-")
        .replaceAll(/^-|-$/g, "") || "bootstrap";
    return {
      // Both files of one configuration may lie in one folder, and must not be taken for each other.
      fileName: `${plain}${input.onlyBootstrap ? ".bootstrap-only" : ""}${isFactory ? ".provisioning.json" : ".card.bin"}`,
      base64: Buffer.from(bytes).toString("base64"),
    };
  });

function bootstrapAlone(document: BootstrapConfiguration, bootstrapUri: string): BootstrapConfiguration {
  const own = document.security.find(({ isBootstrapServer }) => isBootstrapServer);
  const account = own ?? { uri: bootstrapUri, isBootstrapServer: true, credentials: { mode: "no-sec" as const } };
  return { ...document, security: [account], servers: [], accessControl: [] };
}
