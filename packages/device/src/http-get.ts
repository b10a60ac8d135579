import type { Cancel } from "@lamplighter/runtime/clock";

/** A GET of a file from a byte on. With `tag`, the rest is only wanted if it is of that very file (RFC 9110 §13.1.5). */
export interface HttpQuestion {
  readonly uri: string;
  /** The first byte wanted; the whole file, without a Range, when 0. */
  readonly from: number;
  readonly tag?: string | undefined;
}

/** The head of an answer. */
export interface HttpAnswer {
  readonly status: number;
  readonly tag?: string | undefined;
  /** The first byte in it: 0 unless a Content-Range says otherwise. */
  readonly from: number;
  /** Of the whole file, where that is known. */
  readonly bytesTotal?: number | undefined;
  readonly retryAfterSeconds?: number | undefined;
}

/** Told the head once, then its parts, then the end; `broken` may come at any time. Nothing after the end. */
export interface HttpListener {
  onAnswer(answer: HttpAnswer): void;
  onPart(part: Uint8Array): void;
  onEnd(how: "complete" | "broken"): void;
}

/** How a light reaches the web. Returns how to hang up, after which the listener is told nothing. */
export type HttpGet = (question: HttpQuestion, listener: HttpListener) => Cancel;
