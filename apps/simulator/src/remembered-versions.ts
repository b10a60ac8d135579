import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { LightIdentity } from "@lamplighter/device/light-identity";
import type { FactorySoftware } from "@lamplighter/device/light-software";
import type { LightReport } from "./fleet.ts";

/** What one light runs: its firmware, and the software of its parts where it has any. */
type Running = Pick<LightReport, "endpoint" | "firmwareVersion" | "software">;

/**
 * What each light runs, kept in a file between two runs of the simulator: a real light does not forget its firmware when
 * the power goes. One object of JSON: by endpoint the version, or `{firmware, software}` for a light that has software.
 */
export class RememberedVersions {
  readonly #file: string;
  #written: string;
  readonly #kept: ReadonlyMap<string, Kept>;

  constructor(file: string) {
    this.#file = file;
    this.#written = textOf(file) ?? "{}";
    this.#kept = keptIn(this.#written);
  }

  /** The lights with the firmware they ran last; one that was never remembered is as it was drawn. */
  recall(identities: readonly LightIdentity[]): readonly LightIdentity[] {
    return identities.map((identity) => {
      const firmwareVersion = this.#kept.get(identity.endpoint)?.firmware;
      return firmwareVersion === undefined ? identity : { ...identity, firmwareVersion };
    });
  }

  /** The software that a light had last; undefined for one that was never remembered with any. */
  softwareOf(endpoint: string): readonly FactorySoftware[] | undefined {
    return this.#kept.get(endpoint)?.software;
  }

  /** Writes what the lights run now, when it changed: whole, beside the old file, and then in its place. */
  keep(lights: readonly Running[]): void {
    const entries = lights.map(({ endpoint, firmwareVersion: firmware, software }) => [
      endpoint,
      software.length > 0 ? { firmware, software } : firmware,
    ]);
    const text = JSON.stringify(Object.fromEntries(entries));
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

interface Kept {
  readonly firmware: string;
  readonly software?: readonly FactorySoftware[];
}

/** What is no such file, as after a full disk, remembers nothing. */
function keptIn(text: string): ReadonlyMap<string, Kept> {
  try {
    const found: unknown = JSON.parse(text);
    if (typeof found !== "object" || found === null) return new Map();
    return new Map(
      Object.entries(found).flatMap(([endpoint, entry]) => {
        const kept = typeof entry === "string" ? { firmware: entry } : entry;
        return isKept(kept) ? [[endpoint, kept]] : [];
      }),
    );
  } catch {
    // The lights are as they were drawn, and the file is written anew.
    return new Map();
  }
}

function isKept(entry: unknown): entry is Kept {
  if (typeof entry !== "object" || entry === null) return false;
  const { firmware, software = [] } = entry as Partial<Record<keyof Kept, unknown>>;
  return typeof firmware === "string" && Array.isArray(software) && software.every(isSoftware);
}

function isSoftware(entry: unknown): entry is FactorySoftware {
  const { name, version } = (entry ?? {}) as Partial<Record<keyof FactorySoftware, unknown>>;
  return typeof name === "string" && typeof version === "string";
}
