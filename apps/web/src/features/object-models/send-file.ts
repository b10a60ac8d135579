/** Beyond this a file is not even read: the server takes no more (packages/lwm2m/src/ddf/ddf-limits.ts). */
export const fileBytesMax = 1024 * 1024;
/** Files sent in one go. OMA's whole registry has some 500. */
export const filesMax = 600;

/** The bytes of a file, as they are, in base 64. */
export async function base64Of(file: Blob): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let binary = "";
  // In parts: a call takes only so many arguments.
  for (let at = 0; at < bytes.length; at += 8_192) binary += String.fromCharCode(...bytes.subarray(at, at + 8_192));
  return btoa(binary);
}
