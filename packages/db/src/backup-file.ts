import { constants, createReadStream } from "node:fs";
import { access, stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { extract, type Header } from "tar-stream";
import { BackupRefused } from "./backup-format.ts";
import { codeOf } from "./database-errors.ts";

/** The manifest names a few migrations; what is longer is none. */
const manifestBytesMax = 1024 * 1024;

/**
 * Looks whether a file is there, may be read and begins as a backup does, before anything else is asked about the
 * restore. Throws {@link BackupRefused} with a sentence that names the file. Whether it is whole shows when it is read.
 */
export async function checkBackupFile(file: string): Promise<void> {
  await openable(file);
  let manifest: string | undefined;
  try {
    manifest = await firstEntry(file, "manifest.json");
  } catch (cause) {
    if (!isOfArchive(cause)) throw new BackupRefused(`${file} cannot be read (${codeOf(cause) ?? cause}).`, { cause });
  }
  if (manifest === undefined || !/"format":\s*"lamplighter-backup"/.test(manifest)) {
    throw new BackupRefused(`${file} is not a backup of Lamplighter. Name a file that \`npm run backup\` wrote.`);
  }
}

async function openable(file: string): Promise<void> {
  try {
    if ((await stat(file)).isDirectory()) throw new BackupRefused(`${file} is a folder, not a backup.`);
    await access(file, constants.R_OK);
  } catch (cause) {
    if (cause instanceof BackupRefused) throw cause;
    const code = codeOf(cause);
    if (code === "ENOENT" || code === "ENOTDIR") {
      throw new BackupRefused(`There is no file ${file}. Check the path that follows --from.`, { cause });
    }
    throw new BackupRefused(`${file} cannot be read (${code ?? cause}).`, { cause });
  }
}

/** Neither gzip nor tar says so in words, each in codes of its own; a system's failure is anything else. */
function isOfArchive(error: unknown): boolean {
  const code = codeOf(error);
  return code === undefined || code.startsWith("Z_");
}

/** The text of the first entry if it has that name; the rest of the archive is not read. */
async function firstEntry(file: string, name: string): Promise<string | undefined> {
  const stop = new AbortController();
  const archive = extract();
  const fed = pipeline(createReadStream(file), createGunzip(), archive as unknown as NodeJS.WritableStream, {
    signal: stop.signal,
  });
  // Its failure ends the loop below as well, which tells of it.
  fed.catch(() => {});
  try {
    for await (const entry of archive as AsyncIterable<Readable & { readonly header: Header }>) {
      if (entry.header.name !== name || (entry.header.size ?? 0) > manifestBytesMax) return undefined;
      const chunks: Buffer[] = [];
      for await (const chunk of entry as AsyncIterable<Buffer>) chunks.push(chunk);
      return Buffer.concat(chunks).toString("utf8");
    }
    return undefined;
  } finally {
    stop.abort();
  }
}
