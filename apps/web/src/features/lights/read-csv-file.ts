/** Bytes of one imported table. */
export const csvBytesMax = 20_000_000;

/** Reads a chosen file as text. Throws a sentence for the person who chose it when it is too large or is no UTF-8. */
export async function readCsvFile(file: Blob): Promise<string> {
  if (file.size > csvBytesMax) throw new Error("The file is larger than 20 MB. Split it into several tables.");
  if (file.size === 0) throw new Error("The file is empty.");
  const bytes = await file.arrayBuffer();
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    // Guessing another encoding would silently misspell streets.
    throw new Error("The file is not UTF-8 text. Save it as “CSV UTF-8” and choose it again.");
  }
}
