import { DdfFault, lineAt } from "./ddf-fault.ts";
import { ddfLimits } from "./ddf-limits.ts";

const encodings: Readonly<Record<string, string>> = {
  "utf-8": "utf-8",
  utf8: "utf-8",
  "us-ascii": "utf-8",
  "utf-16": "utf-16le",
  "utf-16le": "utf-16le",
  "utf-16be": "utf-16be",
  "iso-8859-1": "windows-1252",
  "windows-1252": "windows-1252",
};

/**
 * Turns the bytes of an XML file into text, by its byte order mark or else by what its declaration says; UTF-8 when it says
 * nothing (XML 1.0, Appendix F).
 *
 * Throws {@link DdfFault} for a file that is too large, for an encoding we do not read, for bytes that are not in the
 * encoding they claim, and for characters that XML does not allow.
 */
export function decodeXml(bytes: Uint8Array): string {
  if (bytes.length > ddfLimits.bytesMax) {
    throw new DdfFault(
      `the file has ${bytes.length} bytes, and an object definition may have ${ddfLimits.bytesMax}. Split it, one object to a file.`,
    );
  }
  const encoding = encodingOf(bytes);
  let text: string;
  try {
    text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new DdfFault(`the file is not ${encoding.toUpperCase()}. Save it as UTF-8 and send it again.`);
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for
  const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.exec(text);
  if (forbidden) {
    const code = forbidden[0].charCodeAt(0).toString(16).padStart(4, "0");
    throw new DdfFault(`the character U+${code} is not allowed in XML. Take it out.`, lineAt(text, forbidden.index));
  }
  if (text.trim() === "") throw new DdfFault("the file is empty.");
  return text;
}

function encodingOf(bytes: Uint8Array): string {
  const [a, b] = bytes;
  if (a === 0xff && b === 0xfe) return "utf-16le";
  if (a === 0xfe && b === 0xff) return "utf-16be";
  if (a === 0x3c && b === 0) return "utf-16le";
  if (a === 0 && b === 0x3c) return "utf-16be";
  const start = new TextDecoder("windows-1252").decode(bytes.subarray(0, 200));
  const declared = /^(?:ï»¿)?<\?xml[^>]*\sencoding\s*=\s*["']([A-Za-z0-9._-]+)["']/.exec(start)?.[1];
  if (declared === undefined) return "utf-8";
  const encoding = encodings[declared.toLowerCase()];
  // Bytes that could be read up to here are no UTF-16, whatever they say of themselves.
  if (encoding?.startsWith("utf-16")) return "utf-8";
  if (encoding) return encoding;
  throw new DdfFault(`the encoding ${declared} is not one we read. Save the file as UTF-8 and send it again.`, 1);
}
