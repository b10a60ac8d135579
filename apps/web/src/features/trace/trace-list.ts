import type { TraceView } from "@lamplighter/api/trace/view";

/** Exchanges held in a tab; the server keeps as many of one light. */
export const exchangesMax = 500;

/** Puts what is new or went on into a list, in the order of their beginnings; the oldest go beyond the limit. */
export function mergeTrace(list: readonly TraceView[], changed: readonly TraceView[]): readonly TraceView[] {
  if (changed.length === 0) return list;
  const byId = new Map(list.map((one) => [one.id, one]));
  for (const one of changed) byId.set(one.id, one);
  return [...byId.values()].sort(byBeginning).slice(-exchangesMax);
}

/** What was said with the bootstrap server may be known as this light's only once it has registered: its number comes late, its time does not. */
function byBeginning(a: TraceView, b: TraceView): number {
  return Date.parse(a.request.at) - Date.parse(b.request.at) || a.id - b.id;
}

export const answerKinds = ["all", "success", "refused", "failed", "open"] as const;
export type AnswerKind = (typeof answerKinds)[number];
export const directions = ["all", "to-device", "from-device"] as const;

export interface TraceFilter {
  readonly direction: (typeof directions)[number];
  readonly answer: AnswerKind;
  /** Words; each must be in the path, the query, a code or a value. A word that begins with `/` is the path's beginning. */
  readonly text: string;
}

/** The exchanges that a person wants to see. */
export function filterTrace(list: readonly TraceView[], filter: TraceFilter): readonly TraceView[] {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  return list.filter((one) => {
    if (filter.direction !== "all" && one.direction !== filter.direction) return false;
    if (filter.answer !== "all" && answerKindOf(one) !== filter.answer) return false;
    if (words.length === 0) return true;
    const text = wordsOf(one);
    return words.every((word) =>
      word.startsWith("/") ? (one.path ?? "").toLowerCase().startsWith(word) : text.includes(word),
    );
  });
}

/** How an exchange ended, by the class of its answer's code. */
export function answerKindOf({ kind, request, response, reset }: TraceView): Exclude<AnswerKind, "all"> {
  if (reset || kind === "malformed") return "failed";
  const code = response?.code ?? (kind === "notification" ? request.code : undefined);
  if (code === undefined) return kind === "empty" ? "success" : "open";
  if (code.startsWith("2")) return "success";
  return code.startsWith("4") ? "refused" : "failed";
}

function wordsOf({ path, query, token, request, response }: TraceView): string {
  const texts = [path, query, token, request.code, request.type, response?.code, response?.type];
  for (const payload of [request.payload, response?.payload]) {
    if (payload?.kind === "text") texts.push(payload.text);
    if (payload?.kind === "values") {
      for (const { path, name, value } of payload.values) texts.push(path, name, value);
    }
  }
  return texts.filter(Boolean).join(" ").toLowerCase();
}
