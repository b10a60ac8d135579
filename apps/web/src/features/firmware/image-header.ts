import { MalformedInput } from "@lamplighter/lwm2m/malformed-input";
import { isMcuboot, mcubootHeaderBytesMin, readMcubootHeader } from "@lamplighter/lwm2m/mcuboot";

/**
 * What the first bytes of a chosen file tell of it.
 *
 * `foreign` is a file of a well-known kind that no light installs; `unknown` may well be an image of another boot loader,
 * which only a light can judge.
 */
export type ImageFinding =
  | { readonly kind: "mcuboot"; readonly version: string }
  | { readonly kind: "damaged"; readonly why: string }
  | { readonly kind: "foreign"; readonly what: string }
  | { readonly kind: "unknown" };

/** Enough to tell text from binary, and a page from other text. */
const headBytes = 1_024;

/** Looks at the first bytes of a file, before any is sent. */
export async function inspectImage(file: Blob): Promise<ImageFinding> {
  const head = new Uint8Array(await file.slice(0, headBytes).arrayBuffer());
  if (isMcuboot(head)) {
    try {
      return {
        kind: "mcuboot",
        version: readMcubootHeader(head.subarray(0, mcubootHeaderBytesMin), file.size).version,
      };
    } catch (error) {
      if (error instanceof MalformedInput) return { kind: "damaged", why: error.message };
      throw error;
    }
  }
  const what = knownBeginning(head) ?? knownText(head);
  return what === undefined ? { kind: "unknown" } : { kind: "foreign", what };
}

/** What is to be said of a file before it is sent; undefined when there is nothing to warn of. */
export function warningOf(finding: ImageFinding): string | undefined {
  switch (finding.kind) {
    case "mcuboot":
      return undefined;
    case "damaged":
      return `This looks like an MCUboot image but is damaged, and the server will refuse it: ${finding.why}`;
    case "foreign":
      return `This is ${finding.what} and no firmware image. It can be stored, but lights will most likely refuse it: choose the image itself.`;
    case "unknown":
      return "No image header was recognised. The lights will judge it: one that does not take this kind of file refuses it, and keeps what it runs.";
  }
}

/** What is to be said when a typed version is not the one in the image's header; undefined when both agree or one is missing. */
export function versionWarning(headerVersion: string | null | undefined, version: string): string | undefined {
  if (!headerVersion || version === "" || version === headerVersion) return undefined;
  return `The image's own header says ${headerVersion}, not ${version}. A light that runs it will most likely report ${headerVersion}, and what waits for ${version} will then count it as failed.`;
}

const beginnings: readonly (readonly [what: string, ...bytes: number[]])[] = [
  ["a PNG picture", 0x89, 0x50, 0x4e, 0x47],
  ["a JPEG picture", 0xff, 0xd8, 0xff],
  ["a GIF picture", 0x47, 0x49, 0x46, 0x38],
  ["a PDF document", 0x25, 0x50, 0x44, 0x46],
];

function knownBeginning(head: Uint8Array): string | undefined {
  return beginnings.find(([, ...bytes]) => bytes.every((byte, at) => head[at] === byte))?.[0];
}

function knownText(head: Uint8Array): string | undefined {
  if (head.length === 0) return undefined;
  const isControl = (byte: number) => byte < 9 || (byte > 13 && byte < 32);
  if (head.some(isControl)) return undefined;
  const text = new TextDecoder().decode(head);
  // The last character may have been cut in two by reading only so far.
  if (/\ufffd(?!$)/.test(text)) return undefined;
  if (/^\s*(<!doctype html|<html)/i.test(text)) return "a web page (HTML)";
  // Records of Intel HEX and Motorola S-record are text too, and may be just what a boot loader takes.
  return /^(:[0-9a-f]{10}|s0[0-9a-f]{6})/i.test(text) ? undefined : "a text file";
}
