import type { PackageView } from "@lamplighter/api/views";
import { formatLimit } from "../../lib/format";

/** What a person says of a file beside its bytes. */
export interface UploadFields {
  readonly kind: "firmware" | "software";
  readonly name: string;
  readonly version: string;
  readonly vendor: string;
  readonly models: string;
  readonly hardwareRevisions: string;
  readonly notes: string;
}

/** How an upload ended. `failed` carries a sentence for the form. */
export type UploadOutcome =
  | { readonly kind: "stored"; readonly stored: PackageView }
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "cancelled" };

export interface RunningUpload {
  readonly outcome: Promise<UploadOutcome>;
  cancel(): void;
}

/**
 * Streams a file to the server and tells how far it is.
 *
 * XMLHttpRequest and not fetch: only it tells of bytes sent, in every browser, without reading the file into memory.
 */
export function startUpload(file: File, fields: UploadFields, onProgress: (bytesSent: number) => void): RunningUpload {
  const request = new XMLHttpRequest();
  const outcome = new Promise<UploadOutcome>((resolve) => {
    request.upload.onprogress = ({ loaded }) => onProgress(loaded);
    request.onload = () => resolve(readAnswer(request.status, request.responseText));
    request.onerror = () =>
      resolve({
        kind: "failed",
        message: "The connection broke while the file was sent. Check it, then upload again.",
      });
    request.onabort = () => resolve({ kind: "cancelled" });
  });
  request.open("POST", `/api/firmware?${searchOf(file.name, fields)}`);
  request.setRequestHeader("content-type", "application/octet-stream");
  request.send(file);
  return { outcome, cancel: () => request.abort() };
}

/** The query string of an upload: only fields that say something. */
export function searchOf(fileName: string, fields: UploadFields): string {
  const search = new URLSearchParams({ fileName });
  for (const [name, value] of Object.entries(fields)) {
    const text = name === "models" || name === "hardwareRevisions" ? listOf(value).join(",") : value.trim();
    if (text !== "") search.set(name, text);
  }
  return search.toString();
}

/** A name to begin with: the file's, without its ending and without the version that is told beside it. */
export function nameFromFile(fileName: string, version: string | undefined): string {
  const stem = fileName.replace(/\.[^.]+$/, "");
  if (version === undefined || !stem.endsWith(version)) return stem;
  return stem.slice(0, -version.length).replace(/[-_. ]*v?$/i, "") || stem;
}

/** Reads a typed list: commas or new lines between, spaces around ignored, nothing twice. */
export function listOf(text: string): readonly string[] {
  return [
    ...new Set(
      text
        .split(/[,\n]/)
        .map((part) => part.trim())
        .filter(Boolean),
    ),
  ];
}

/** What is wrong with the form before a byte is sent, by field. */
export function problemsOfUpload(
  file: { readonly size: number } | undefined,
  fields: UploadFields,
  bytesMax: number,
): Readonly<Partial<Record<keyof UploadFields | "file", string>>> {
  const problems: Partial<Record<keyof UploadFields | "file", string>> = {};
  if (!file) problems.file = "Choose the firmware image.";
  else if (file.size === 0) problems.file = "This file is empty.";
  else if (file.size > bytesMax) {
    problems.file = `This file is larger than the ${formatLimit(bytesMax)} that are allowed here.`;
  }
  if (fields.name.trim() === "") problems.name = `Give the ${fields.kind} a name.`;
  if (fields.version.trim() === "") problems.version = "Say which version a light reports once it runs this image.";
  return problems;
}

/** Turns the server's answer into an outcome. An answer that is not ours (a proxy's error page) still becomes a sentence. */
export function readAnswer(status: number, body: string): UploadOutcome {
  const answer = parse(body);
  if (status === 201) return { kind: "stored", stored: answer as PackageView };
  const message = (answer as { error?: { message?: unknown } } | undefined)?.error?.message;
  if (typeof message === "string" && message !== "") return { kind: "failed", message };
  return { kind: "failed", message: `The server refused the file (HTTP ${status}). Try again; its log says why.` };
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // Not JSON: whatever stands between us and the server answered. The status says the rest.
    return undefined;
  }
}
