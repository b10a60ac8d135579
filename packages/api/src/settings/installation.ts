import type { Services } from "../context.ts";
import type { InstallationView } from "../views.ts";

/** The one row that says what this installation is, with what the running server adds. */
export async function installationView({
  db,
  facts,
  security,
}: Pick<Services, "db" | "facts" | "security">): Promise<InstallationView> {
  const row = await db.installation.findUniqueOrThrow({ where: { id: 1 } });
  return {
    name: row.name,
    demo: facts.demo,
    enrolmentPolicy: row.enrolmentPolicy as InstallationView["enrolmentPolicy"],
    tileUrl: row.tileUrl,
    firmwareBytesMax: facts.firmwareBytesMax,
    coapUri: facts.coapUri,
    bootstrapUri: facts.bootstrapUri,
    coapsUri: facts.coapsUri,
    newLightsUri: security.store.noSec.effective === "everybody" ? facts.coapUri : facts.coapsUri,
    bootstrapCoapsUri: facts.bootstrapCoapsUri,
  };
}
