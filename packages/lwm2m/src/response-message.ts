import { formatCode } from "@lamplighter/coap/code";

/** What the codes mean when a device answers an operation with them (OMA TS Transport 1.1 §6.4.3). */
const meanings: Readonly<Record<string, string>> = {
  "4.00": "The device could not understand the request.",
  "4.01": "The device does not allow this server to do that.",
  "4.02": "The device does not understand an option of the request.",
  "4.04": "The device has nothing at this path.",
  "4.05": "The device does not allow this operation here, or not now.",
  "4.06": "The device cannot answer in a content format that we read.",
  "4.08": "The device lost the blocks sent before.",
  "4.09": "The device says that this conflicts with what it has.",
  "4.12": "A precondition was not met.",
  "4.13": "This is too large for the device.",
  "4.15": "The device does not understand the content format.",
  "5.00": "The device failed while it handled the request.",
  "5.01": "The device does not support this operation.",
  "5.03": "The device is too busy.",
};

const messageCharactersMax = 200;

/** A sentence for an error answer: the device's own diagnostic text if it sent a readable one, else what the code means; empty for a code that has no meaning here. */
export function messageOf(code: number, payload: Uint8Array, format: number | undefined): string {
  const written = formatCode(code);
  const meaning = meanings[written] ?? "";
  // A diagnostic payload is text without a content format (RFC 7252 §5.5.2).
  if (payload.length === 0 || (format !== undefined && format !== 0)) return meaning;
  const diagnostic = new TextDecoder()
    .decode(payload.subarray(0, messageCharactersMax))
    .replaceAll(/\p{Cc}/gu, " ")
    .trim();
  return diagnostic === "" ? meaning : `${meaning} It says: ${diagnostic}`.trimStart();
}
