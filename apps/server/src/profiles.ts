import { readFileSync } from "node:fs";
import { parseLinks } from "@lamplighter/lwm2m/link-format";
import { z } from "zod";
import { StartFailure } from "./start-failure.ts";

const profiles = z.record(z.string().min(1).max(100), z.string().min(1).max(8_000));

/**
 * Reads the object lists that stand for profile ids of LwM2M 1.2 (OMA TS Core 1.2 §6.2.1): a JSON file such as
 * `{"6:27354b9a": "</1/0>,</3/0>,</5/0>"}`. Rejects a file with anything else in it by a {@link StartFailure}.
 */
export function readProfiles(file: string | undefined): ReadonlyMap<string, string> {
  if (file === undefined) return new Map();
  const told = (why: string, cause?: unknown) =>
    new StartFailure(`The profiles in ${file} (LAMPLIGHTER_PROFILES) cannot be used: ${why}.`, { cause });
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw told((cause as Error).message, cause);
  }
  const parsed = profiles.safeParse(content);
  if (!parsed.success) throw told('it must be one JSON object of texts, such as {"6:27354b9a": "</1/0>,</3/0>"}');
  for (const [id, links] of Object.entries(parsed.data)) {
    try {
      parseLinks(links);
    } catch (cause) {
      throw told(`the objects of ${JSON.stringify(id)} are no list of links (${(cause as Error).message})`, cause);
    }
  }
  return new Map(Object.entries(parsed.data));
}
