import { get as getOverHttp, type IncomingMessage } from "node:http";
import { get as getOverHttps } from "node:https";
import { seconds } from "@lamplighter/runtime/duration";
import type { HttpAnswer, HttpGet } from "./http-get.ts";

/** Without a byte for this long, a connection counts as broken. */
const silenceMax = seconds(30);

/** How lights reach the web by Node's own HTTP. `authorities`: the certificates (PEM) they trust instead of the usual ones. */
export function nodeHttpGet({ authorities }: { readonly authorities?: string } = {}): HttpGet {
  return ({ uri, from, tag }, listener) => {
    let isOver = false;
    const end = (how: "complete" | "broken") => {
      if (isOver) return;
      isOver = true;
      listener.onEnd(how);
    };
    const headers = from === 0 ? {} : { range: `bytes=${from}-`, ...(tag !== undefined && { "if-range": tag }) };
    const take = (response: IncomingMessage) => {
      if (isOver) return;
      listener.onAnswer(answerOf(response));
      response.on("data", (part: Buffer) => {
        if (!isOver) listener.onPart(part);
      });
      response.on("close", () => end(response.complete ? "complete" : "broken"));
      response.on("error", () => end("broken"));
    };
    const options = { headers, agent: false, timeout: silenceMax };
    const request = uri.startsWith("https:")
      ? getOverHttps(uri, { ...options, ...(authorities !== undefined && { ca: authorities }) }, take)
      : getOverHttp(uri, options, take);
    request.on("error", () => end("broken"));
    request.on("timeout", () => request.destroy());
    return () => {
      isOver = true;
      request.destroy();
    };
  };
}

function answerOf({ statusCode = 0, headers }: IncomingMessage): HttpAnswer {
  const [, from, total] = /^bytes (\d+)-\d+\/(\d+)$/.exec(headers["content-range"] ?? "") ?? [];
  const length = headers["content-length"];
  const bytesTotal = statusCode === 200 ? length : total;
  const retryAfter = headers["retry-after"];
  return {
    status: statusCode,
    tag: headers.etag,
    from: Number(from ?? 0),
    bytesTotal: bytesTotal === undefined ? undefined : Number(bytesTotal),
    retryAfterSeconds: retryAfter !== undefined && /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) : undefined,
  };
}
