import type { ShownPayload, TraceView } from "@lamplighter/api/trace/view";
import { csvCell } from "../campaigns/jobs-csv";

/** One exchange a line, as JSON. */
export function traceJsonLines(list: readonly TraceView[]): string {
  return list.map((one) => `${JSON.stringify(one)}\n`).join("");
}

const columns = [
  ["started_at", (one: TraceView) => one.request.at],
  ["direction", (one: TraceView) => one.direction],
  ["kind", (one: TraceView) => one.kind],
  ["type", (one: TraceView) => one.request.type],
  ["code", (one: TraceView) => one.request.code],
  ["message_id", (one: TraceView) => String(one.request.messageId)],
  ["token", (one: TraceView) => one.token],
  ["path", (one: TraceView) => one.path],
  ["query", (one: TraceView) => one.query],
  ["content_format", (one: TraceView) => one.request.contentFormat?.toString()],
  ["payload_bytes", (one: TraceView) => String(one.request.payloadBytes)],
  ["payload", (one: TraceView) => payloadText(one.request.payload)],
  ["answer_code", (one: TraceView) => one.response?.code],
  ["answer_type", (one: TraceView) => one.response?.type],
  ["answer_content_format", (one: TraceView) => one.response?.contentFormat?.toString()],
  ["answer_payload_bytes", (one: TraceView) => one.response?.payloadBytes.toString()],
  ["answer_payload", (one: TraceView) => one.response && payloadText(one.response.payload)],
  ["round_trip_ms", (one: TraceView) => one.roundTrip?.toString()],
  ["retransmissions", (one: TraceView) => String(one.retransmissions)],
  ["blocks", (one: TraceView) => one.blocks?.count.toString()],
  ["server", (one: TraceView) => one.server],
] as const satisfies readonly (readonly [string, (one: TraceView) => string | null | undefined])[];

/** The trace as a table for other programs: RFC 4180, instants in UTC; what a light sent is never a formula. */
export function traceCsv(list: readonly TraceView[]): string {
  const lines = [columns.map(([title]) => title), ...list.map((one) => columns.map(([, cell]) => cell(one) ?? ""))];
  return `${lines.map((line) => line.map(csvCell).join(",")).join("\r\n")}\r\n`;
}

/** A payload on one line. */
export function payloadText(payload: ShownPayload): string {
  switch (payload.kind) {
    case "empty":
      return "";
    case "values":
      return payload.values.map(({ path, value }) => `${path}=${value ?? "(not shown)"}`).join("; ");
    case "text":
      return payload.text;
    case "hex":
      return payload.hex;
    case "hidden":
      return `(${payload.why})`;
  }
}
