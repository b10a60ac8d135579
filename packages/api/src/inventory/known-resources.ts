import type { WireValue } from "../views.ts";
import type { DevicePatch } from "./writer.ts";

type Reader = (value: string | number | boolean) => DevicePatch;

/** Resources that say something about the light itself, and what (OMA objects 3, 4 and 6; uCIFI 3416). */
const readers: readonly (readonly [RegExp, Reader])[] = [
  [/^\/3\/0\/0$/, (value) => ({ manufacturer: word(value) })],
  [/^\/3\/0\/1$/, (value) => ({ model: word(value) })],
  [/^\/3\/0\/2$/, (value) => ({ serialNumber: word(value) })],
  [/^\/3\/0\/3$/, (value) => ({ firmwareVersion: word(value) })],
  [/^\/3\/0\/18$/, (value) => ({ hardwareRevision: word(value) })],
  [/^\/4\/0\/8$/, (value) => ({ cell: word(value) })],
  [/^\/6\/0\/0$/, (value) => ({ latitude: degrees(value, 90) })],
  [/^\/6\/0\/1$/, (value) => ({ longitude: degrees(value, 180) })],
  [/^\/3416\/\d+\/3$/, (value) => ({ lampLevel: percent(value) })],
  [/^\/3416\/\d+\/5$/, (value) => ({ lampFailure: typeof value === "boolean" ? value : undefined })],
];

/** Words of a device kept in a column. What is longer is cut; the reading keeps all of it. */
const wordCharactersMax = 200;

/** What a reading tells of the light, if anything. A value that makes no sense tells nothing. */
export function patchFrom(path: string, value: WireValue): DevicePatch {
  if (value.type === "multiple") return {};
  return readers.find(([pattern]) => pattern.test(path))?.[1](value.value) ?? {};
}

function word(value: string | number | boolean): string | undefined {
  // PostgreSQL stores no NUL in text, and a device may send one.
  const text = String(value).replaceAll("\0", "").trim().slice(0, wordCharactersMax);
  return text === "" ? undefined : text;
}

function degrees(value: string | number | boolean, max: number): number | undefined {
  // Object 6 has floats; some lights send text.
  const number = typeof value === "string" && /^-?\d{1,3}(\.\d{1,20})?$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Math.abs(number) <= max ? number : undefined;
}

function percent(value: string | number | boolean): number | undefined {
  const number = typeof value === "string" && /^\d{1,3}$/.test(value) ? Number(value) : value;
  return typeof number === "number" && number >= 0 && number <= 100 ? Math.round(number) : undefined;
}
