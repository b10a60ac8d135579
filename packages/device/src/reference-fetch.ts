/** What a reference light has of an image that it fetches over HTTP; it lies in flash. */
export interface ReferenceFlash {
  readonly uri: string;
  tag: string | null;
  bytes: Buffer;
}

/** `later` and `broken`: worth another try. `gone`: the address is wrong, for good. */
export type ReferenceFetchEnd = "whole" | "later" | "broken" | "gone";

/**
 * Fetches the rest of an image by the HTTP client that comes with Node, which is none of ours: by a range request where
 * something is there (RFC 9110 §14.2). What has arrived stands in `flash` however it ends.
 */
export async function fetchRest(
  flash: ReferenceFlash,
  { signal, onBytes }: { readonly signal: AbortSignal; readonly onBytes: (bytes: number) => void },
): Promise<ReferenceFetchEnd> {
  try {
    const answer = await fetch(flash.uri, { signal, redirect: "error", headers: headersFor(flash) });
    if (answer.status === 503) return "later";
    if (answer.status !== 200 && answer.status !== 206) return "gone";
    if (answer.status === 200) flash.bytes = Buffer.alloc(0);
    flash.tag = answer.headers.get("etag");
    for await (const part of answer.body ?? []) {
      if (signal.aborted) return "broken";
      flash.bytes = Buffer.concat([flash.bytes, part]);
      onBytes(part.length);
    }
    return "whole";
  } catch {
    // The connection broke, or the light lost its power: the light tries again with what it has.
    return "broken";
  }
}

function headersFor({ bytes, tag }: ReferenceFlash): Record<string, string> {
  // Bytes of the image are counted, so it must come as it is.
  const plain = { "accept-encoding": "identity" };
  if (bytes.length === 0) return plain;
  return { ...plain, range: `bytes=${bytes.length}-`, ...(tag !== null && { "if-range": tag }) };
}
