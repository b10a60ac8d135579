import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Services } from "@lamplighter/api/context";
import { generated, putCredential } from "@lamplighter/api/security/change-credentials";
import { bytesOf } from "@lamplighter/api/security/credential-index";

/** One light of so many in the demo speaks DTLS, the first one, which is a reference light, among them. */
const secureEvery = 6;

/**
 * Gives some lights of the demo a key, and writes what they prove themselves with where the simulator reads it, for this
 * user alone. Keys that they have from a start before stay. Resolves with the file.
 */
export async function writeDemoKeys({
  services,
  dataFolder,
  lights,
}: {
  readonly services: Services;
  readonly dataFolder: string;
  readonly lights: number;
}): Promise<string> {
  const { store } = services.security;
  const lines = ["endpoint,purpose,mode,identity,key"];
  for (let index = 0; index < lights; index += secureEvery) {
    const endpoint = `light-${String(index + 1).padStart(5, "0")}`;
    if (!store.index.active(endpoint, "server")) {
      const made = generated(store, endpoint, "server");
      const wanted = { endpoint, purpose: "server", mode: "psk", source: "generated", createdBy: "system" } as const;
      await putCredential(store, { ...wanted, ...made, isShown: false });
    }
    const { mode, identity } = store.index.active(endpoint, "server") ?? {};
    const key = identity === undefined ? undefined : store.keyOf("server", bytesOf(identity));
    // A person may have chosen something else for it: then it is as it was before there were keys.
    if (mode !== "psk" || identity === undefined || !key) continue;
    lines.push(
      [endpoint, "server", "psk", Buffer.from(bytesOf(identity)).toString(), Buffer.from(key).toString("hex")].join(
        ",",
      ),
    );
  }
  const file = demoKeysFile(dataFolder);
  await rm(file, { force: true });
  await writeFile(file, `${lines.join("\n")}\n`, { mode: 0o600, flag: "wx" });
  return file;
}

const demoKeysFile = (dataFolder: string): string => join(dataFolder, "demo-keys.csv");
