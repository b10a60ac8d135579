import type { WireValue } from "@lamplighter/api/views";
import { type ParsedValue, parseWireText, type WireType } from "./wire-text";

/** What was typed for several places, understood or not. */
export type ParsedPaths =
  | { readonly kind: "ok"; readonly paths: readonly string[] }
  | { readonly kind: "wrong"; readonly problem: string };
export type ParsedWrites =
  | { readonly kind: "ok"; readonly writes: readonly { readonly path: string; readonly value: WireValue }[] }
  | { readonly kind: "wrong"; readonly problem: string };

const pathPattern = /^\/\d{1,5}(\/\d{1,5}){0,3}$/;
const resourcePattern = /^\/\d{1,5}\/\d{1,5}\/\d{1,5}(\/\d{1,5})?$/;
/** As many as the server takes in one request. */
const pathsMax = 64;

export function isPath(text: string): boolean {
  return pathPattern.test(text);
}

/** Reads several paths with spaces, commas or lines between them. */
export function parsePaths(text: string): ParsedPaths {
  const paths = text.split(/[\s,;]+/).filter((each) => each !== "");
  if (paths.length === 0) return { kind: "wrong", problem: "Write at least one path, such as /3/0/3." };
  if (paths.length > pathsMax) return { kind: "wrong", problem: `${pathsMax} paths at most, not ${paths.length}.` };
  const bad = paths.find((each) => !isPath(each));
  if (bad !== undefined) return { kind: "wrong", problem: `“${bad}” is no path. One looks like /3, /3/0 or /3/0/3.` };
  const twice = paths.find((each, index) => paths.indexOf(each) !== index);
  if (twice !== undefined) return { kind: "wrong", problem: `${twice} stands there twice.` };
  return { kind: "ok", paths };
}

/**
 * Reads lines such as `/3416/0/1 = 40`. A value has the type that the resource is known to have; where nobody knows, a whole
 * number, a number, true and false are taken for what they look like and all else for text.
 */
export function parseWrites(text: string, typeAt: (path: string) => WireType | undefined): ParsedWrites {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  if (lines.length === 0) return { kind: "wrong", problem: "Write at least one line, such as /3/0/14 = +01:00." };
  if (lines.length > pathsMax) return { kind: "wrong", problem: `${pathsMax} lines at most, not ${lines.length}.` };
  const writes: { path: string; value: WireValue }[] = [];
  for (const [index, line] of lines.entries()) {
    const wrong = (problem: string) => ({ kind: "wrong", problem: `Line ${index + 1}: ${problem}` }) as const;
    const [, path = "", value = ""] = /^\s*([^=\s]*)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (path === "") return wrong("write a path, an equals sign and a value, such as /3/0/14 = +01:00.");
    if (!resourcePattern.test(path)) return wrong(`“${path}” is no resource. One looks like /3/0/14.`);
    if (writes.some((each) => each.path === path)) return wrong(`${path} stands there twice.`);
    const parsed = parseOf(typeAt(path), value);
    if (parsed.kind === "wrong") return wrong(parsed.problem);
    writes.push({ path, value: parsed.value });
  }
  return { kind: "ok", writes };
}

function parseOf(type: WireType | undefined, text: string): ParsedValue {
  if (type !== undefined) return parseWireText(type, text);
  const guesses: readonly WireType[] = ["integer", "float", "boolean"];
  const guessed = guesses.map((each) => parseWireText(each, text)).find((parsed) => parsed.kind === "ok");
  return guessed ?? parseWireText("string", text);
}
