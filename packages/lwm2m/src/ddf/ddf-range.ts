import type { ResourceType } from "../value.ts";

const number = "-?\\d+(?:\\.\\d+)?";
const span = new RegExp(`^(${number})\\s*(?:\\.\\.\\.?|…|–|-|to)\\s*(${number})\\s*(bytes?|characters?|chars?)?$`, "i");

/**
 * Reads what a definition says of the values allowed, as the house spells ranges: `0 - 255 bytes` is `0..255 bytes`.
 *
 * For texts and opaque values a plain span bounds the length, as OMA's registry means it. A text that is no span is kept as
 * it is, to be read by people; nothing is checked by it. `inverted` for a span that nothing can be in.
 */
export function readDdfRange(said: string, type: ResourceType | undefined): string | "inverted" {
  const text = said.replace(/\s+/g, " ").trim();
  const [, min, max, unit] = span.exec(text) ?? [];
  if (min === undefined || max === undefined) return text;
  if (Number(min) > Number(max)) return "inverted";
  const isLength = unit !== undefined || type === "string" || type === "opaque" || type === "corelnk";
  return `${min}..${max}${isLength ? " bytes" : ""}`;
}
