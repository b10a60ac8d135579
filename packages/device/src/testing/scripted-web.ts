import type { Clock } from "@lamplighter/runtime/clock";
import { milliseconds } from "@lamplighter/runtime/duration";
import type { HttpAnswer, HttpGet, HttpQuestion } from "../http-get.ts";

/** What the web does about one question: gives the file, breaks off after some bytes of it, or answers something else. */
export type WebTurn = "gives" | { readonly breaksAfter: number } | HttpAnswer;

const partBytes = 1_000;

/** A web with one file, in memory. Each question takes the next turn of the script; after its end, the file is given. */
export function scriptedWeb(clock: Pick<Clock, "after">, file: { bytes: Uint8Array; tag: string }) {
  const questions: HttpQuestion[] = [];
  const script: WebTurn[] = [];
  const httpGet: HttpGet = (question, listener) => {
    questions.push(question);
    const turn = script.shift() ?? "gives";
    let isHungUp = false;
    const later = (step: () => void) => clock.after(milliseconds(10), () => !isHungUp && step());
    const isRest = question.from > 0 && question.tag === file.tag;
    const start = isRest ? question.from : 0;
    const end = typeof turn === "object" && "breaksAfter" in turn ? start + turn.breaksAfter : file.bytes.length;
    const give = (at: number): void => {
      if (at >= end) return listener.onEnd(end < file.bytes.length ? "broken" : "complete");
      const next = Math.min(end, at + partBytes);
      listener.onPart(file.bytes.subarray(at, next));
      later(() => give(next));
    };
    later(() => {
      if (typeof turn === "object" && "status" in turn) {
        listener.onAnswer(turn);
        return later(() => listener.onEnd("complete"));
      }
      listener.onAnswer({
        ...{ status: isRest ? 206 : 200, tag: file.tag, from: start, bytesTotal: file.bytes.length },
      });
      later(() => give(start));
    });
    return () => {
      isHungUp = true;
    };
  };
  return { httpGet, questions, script, file };
}
