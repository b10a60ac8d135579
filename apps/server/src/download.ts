import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Downloads, downloadRetrySeconds, type OpenDownload } from "@lamplighter/lwm2m/downloads";
import { type Duration, minutes } from "@lamplighter/runtime/duration";
import parseRange from "range-parser";
import { answerError } from "./answer.ts";

/** Bytes handed to the network at one time: so fine is progress seen, and so soon a pause heeded. */
const partBytes = 64 * 1024;
/** Connections that may fetch one image for one attempt at one time. A light needs one; a second may outlive its restart. */
const connectionsPerAttemptMax = 4;
/**
 * A connection that takes nothing for so long is ended. Each holds one of the few places of its attempt: a light whose power
 * was cut in the middle never says that it left, and would be turned away when it comes back.
 */
const readSilenceMax: Duration = minutes(2);

interface Part {
  readonly from: number;
  /** After the last byte. */
  readonly to: number;
}

/**
 * Gives images to lights over HTTP: `GET /fw/<token>`, whole or in part (RFC 9110 §14). The token in the path is the right
 * to fetch; there is nothing to sign in to.
 */
export function downloadDoor(downloads: Downloads, { silenceMax = readSilenceMax }: { silenceMax?: Duration } = {}) {
  const connections = new Map<string, number>();

  return async (request: IncomingMessage, response: ServerResponse, { pathname }: URL): Promise<void> => {
    response.setHeader("cache-control", "no-store");
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.setHeader("allow", "GET, HEAD");
      return answerError(response, 405, "invalid-input", "Images are fetched with GET.");
    }
    const token = pathname.split("/")[2] ?? "";
    const found = pathname === `/fw/${token}` ? downloads.find(token) : "gone";
    if (found === "gone") return answerError(response, 404, "not-found", "There is no image at this address.");
    const underWay = connections.get(token) ?? 0;
    if (found === "later" || underWay >= connectionsPerAttemptMax) {
      response.setHeader("retry-after", String(downloadRetrySeconds));
      return answerError(response, 503, "too-many", "This image can be fetched later.");
    }
    connections.set(token, underWay + 1);
    request.setTimeout(silenceMax, () => request.destroy());
    try {
      await give(found, request, response);
    } finally {
      request.setTimeout(0);
      const left = (connections.get(token) ?? 1) - 1;
      if (left === 0) connections.delete(token);
      else connections.set(token, left);
    }
  };
}

async function give(
  { download, etag }: OpenDownload,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const bytes = download.image.length;
  const tag = `"${Buffer.from(etag).toString("hex")}"`;
  response.setHeader("etag", tag);
  response.setHeader("accept-ranges", "bytes");
  response.setHeader("content-type", "application/octet-stream");
  if (!isWanted(request, tag)) {
    return answerError(response, 412, "invalid-input", "The image at this address is another one.");
  }
  const part = partAskedFor(request, { bytes, tag });
  if (part === "beyond") {
    response.setHeader("content-range", `bytes */${bytes}`);
    return answerError(
      response,
      416,
      "invalid-input",
      `The image has ${bytes} bytes; the range asked for lies beyond.`,
    );
  }
  const { from, to } = part ?? { from: 0, to: bytes };
  if (part) response.setHeader("content-range", `bytes ${from}-${to - 1}/${bytes}`);
  response.setHeader("content-length", to - from);
  response.statusCode = part ? 206 : 200;
  if (request.method === "HEAD") {
    response.end();
    return;
  }
  await pipeline(Readable.from(parts(download, { from, to }), { objectMode: false }), response).catch(() => {
    // The light hung up, or must wait: it asks for the rest when it comes again.
    response.destroy();
  });
}

/** Whether it is the image that was asked for by its tag, if by any (RFC 9110 §13.1.1): some lights go on after a break so. */
function isWanted({ headers }: IncomingMessage, tag: string): boolean {
  const wanted = headers["if-match"]?.split(",").map((each) => each.trim());
  return wanted === undefined || wanted.includes("*") || wanted.includes(tag);
}

/** The one range asked for; undefined for the whole image, which also answers what cannot be read or are several ranges. */
function partAskedFor(
  { headers, method }: IncomingMessage,
  { bytes, tag }: { bytes: number; tag: string },
): Part | "beyond" | undefined {
  // Ranges are of GET alone (RFC 9110 §14.2).
  if (
    method !== "GET" ||
    headers.range === undefined ||
    (headers["if-range"] !== undefined && headers["if-range"] !== tag)
  )
    return undefined;
  const ranges = parseRange(bytes, headers.range);
  if (ranges === -1) return "beyond";
  const [range, ...more] = ranges === -2 || ranges.type !== "bytes" ? [] : ranges;
  return range && more.length === 0 ? { from: range.start, to: range.end + 1 } : undefined;
}

async function* parts({ image, mayContinue, onProgress }: OpenDownload["download"], { from, to }: Part) {
  for (let at = from; at < to; at += partBytes) {
    if (!mayContinue()) throw new Error("the campaign is paused");
    const end = Math.min(to, at + partBytes);
    yield image.subarray(at, end);
    onProgress(end);
  }
}
