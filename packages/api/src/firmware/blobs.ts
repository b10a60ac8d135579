import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";

/** What was received, still aside: its name, and its first bytes, which hold the header of an image. */
export interface ReceivedBlob {
  readonly sha256: string;
  readonly bytes: number;
  readonly head: Uint8Array;
  /** Puts it where it is found by its sha256, in place of the same bytes if they are there. */
  keep(): Promise<void>;
  /** Forgets it. Nothing happens to what was kept. */
  discard(): Promise<void>;
}

/** Bytes on disk, found by their sha256. */
export interface Blobs {
  /** Takes a stream in without holding it in memory. Throws {@link BlobTooLarge} and keeps nothing beyond `bytesMax`. */
  receive(stream: Readable, bytesMax: number): Promise<ReceivedBlob>;
  /** The whole blob. Throws when it is missing or no longer what its name says. */
  read(sha256: string): Promise<Uint8Array>;
  stream(sha256: string): Readable;
  remove(sha256: string): Promise<void>;
}

export class BlobTooLarge extends Error {
  override readonly name = "BlobTooLarge";
}

export class BlobDamaged extends Error {
  override readonly name = "BlobDamaged";
}

/** Enough for the header of an MCUboot image. */
const headBytes = 64;

/**
 * Keeps blobs below a folder: `ab/abcdef…`. A blob appears whole or not at all: it is written aside, flushed to the disk
 * and then renamed. What a crash left aside is swept at the start.
 */
export async function fileBlobs(folder: string): Promise<Blobs> {
  const incoming = join(folder, "incoming");
  await mkdir(incoming, { recursive: true, mode: 0o700 });
  for (const left of await readdir(incoming)) await rm(join(incoming, left), { force: true });
  const pathOf = (sha256: string) => join(folder, sha256.slice(0, 2), sha256);

  return {
    async receive(stream, bytesMax) {
      const aside = join(incoming, randomBytes(12).toString("hex"));
      const file = await open(aside, "wx", 0o600);
      const hash = createHash("sha256");
      const head: Uint8Array[] = [];
      let bytes = 0;
      try {
        for await (const chunk of stream as AsyncIterable<Buffer>) {
          if (bytes < headBytes) head.push(chunk.subarray(0, headBytes - bytes));
          bytes += chunk.length;
          if (bytes > bytesMax) throw new BlobTooLarge(`more than ${bytesMax} bytes`);
          hash.update(chunk);
          // writeFile() goes on until all is written; write() may stop early on a full disk.
          await file.writeFile(chunk);
        }
        await file.sync();
        await file.close();
      } catch (error) {
        await file.close().finally(() => rm(aside, { force: true }));
        throw error;
      }
      const sha256 = hash.digest("hex");
      return {
        ...{ sha256, bytes, head: new Uint8Array(Buffer.concat(head)) },
        async keep() {
          await mkdir(join(folder, sha256.slice(0, 2)), { recursive: true, mode: 0o700 });
          await rename(aside, pathOf(sha256));
        },
        discard: () => rm(aside, { force: true }),
      };
    },
    async read(sha256) {
      const content = await readFile(pathOf(sha256));
      if (createHash("sha256").update(content).digest("hex") !== sha256) {
        throw new BlobDamaged(`The image ${sha256.slice(0, 12)}… on disk is not what was uploaded. Upload it again.`);
      }
      return content;
    },
    stream: (sha256) => createReadStream(pathOf(sha256)),
    remove: (sha256) => rm(pathOf(sha256), { force: true }),
  };
}
