import type { JobView } from "@lamplighter/api/views";

const columns = [
  ["endpoint", (job: JobView) => job.endpoint],
  ["name", (job: JobView) => job.name],
  ["wave", (job: JobView) => String(job.waveOrdinal)],
  ["state", (job: JobView) => job.state],
  ["reason", (job: JobView) => job.failureCode ?? job.skipReason ?? job.waitReason],
  ["detail", (job: JobView) => job.detail],
  ["attempt", (job: JobView) => String(job.attempt)],
  ["from_version", (job: JobView) => job.fromVersion],
  ["expected_version", (job: JobView) => job.expectedVersion],
  ["bytes_done", (job: JobView) => String(job.bytesDone)],
  ["bytes_total", (job: JobView) => String(job.bytesTotal)],
  ["updated_at", (job: JobView) => job.updatedAt],
] as const satisfies readonly (readonly [string, (job: JobView) => string | null])[];

/** The jobs of a campaign as a table for other programs: RFC 4180, one header line, UTF-8, instants in UTC. */
export function jobsCsv(jobs: readonly JobView[]): string {
  const lines = [columns.map(([title]) => title), ...jobs.map((job) => columns.map(([, cell]) => cell(job) ?? ""))];
  return `${lines.map((line) => line.map(csvCell).join(",")).join("\r\n")}\r\n`;
}

/** Quotes where RFC 4180 §2 asks for it, and takes the power to be a formula from text that a light may have sent. */
export function csvCell(text: string): string {
  const harmless = /^[=+\-@\t\r]/.test(text) && !/^[+-]?\d+(\.\d+)?$/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
