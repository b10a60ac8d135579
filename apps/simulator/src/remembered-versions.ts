import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { LightIdentity } from "@lamplighter/device/light-identity";
import type { LightReport } from "./fleet.ts";

/**
 * What each light runs, kept in a file between two runs of the simulator: a real light does not forget its firmware when
 * the power goes. One object of JSON, version by endpoint.
 */
export class RememberedVersions {
  readonly #file: string;
  #written: string;

  constructor(file: string) {
    this.#file = file;
    this.#written = textOf(file) ?? "{}";
  }

  /** The lights with the firmware they ran last; one that was never remembered is as it was drawn. */
  recall(identities: readonly LightIdentity[]): readonly LightIdentity[] {
    const versions = versionsIn(this.#written);
    return identities.map((identity) => {
      const firmwareVersion = versions.get(identity.endpoint);
      return firmwareVersion === undefined ? identity : { ...identity, firmwareVersion };
    });
  }

  /** Writes what the lights run now, when it changed: whole, beside the old file, and then in its place. */
  keep(lights: readonly Pick<LightReport, "endpoint" | "firmwareVersion">[]): void {
    const text = JSON.stringify(
      Object.fromEntries(lights.map(({ endpoint, firmwareVersion }) => [endpoint, firmwareVersion])),
    );
    if (text === this.#written) return;
    writeFileSync(`${this.#file}.new`, text);
    renameSync(`${this.#file}.new`, this.#file);
    this.#written = text;
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as { code?: unknown }).code === "ENOENT") return undefined;
    throw error;
  }
}

/** What is no such file, as after a full disk, remembers nothing. */
function versionsIn(text: string): ReadonlyMap<string, string> {
  try {
    const found: unknown = JSON.parse(text);
    if (typeof found !== "object" || found === null) return new Map();
    return new Map(Object.entries(found).filter((entry): entry is [string, string] => typeof entry[1] === "string"));
  } catch {
    // The lights are as they were drawn, and the file is written anew.
    return new Map();
  }
}
