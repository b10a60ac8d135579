import type { z } from "zod";
import { Problem } from "./problem.ts";
import { isStorable } from "./storable.ts";

/** Packs a place in a list into a word that the caller hands back unread. */
export function packCursor(place: unknown): string {
  return Buffer.from(JSON.stringify(place)).toString("base64url");
}

/** Unpacks what {@link packCursor} made; anything else is refused. */
export function unpackCursor<Place>(cursor: string, shape: z.ZodType<Place>): Place {
  const parsed = shape.safeParse(jsonOf(Buffer.from(cursor, "base64url").toString("utf8")));
  if (!parsed.success || !isStorable(parsed.data)) {
    throw new Problem("invalid-input", "This page marker is not one of ours. Start again at the first page.");
  }
  return parsed.data;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Problem("invalid-input", "This page marker is not one of ours. Start again at the first page.", {
      cause,
    });
  }
}

/** A list that may have grown too long for one page: one item more than asked for says that there is a next one. */
export function splitPage<Item>(
  items: readonly Item[],
  limit: number,
): { shown: readonly Item[]; last: Item | undefined } {
  const shown = items.slice(0, limit);
  return { shown, last: items.length > limit ? shown.at(-1) : undefined };
}
