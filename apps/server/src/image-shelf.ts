import type { Blobs } from "@lamplighter/api/firmware/blobs";
import type { ImageDownloads } from "@lamplighter/campaigns/image-downloads";
import type { PrismaClient } from "@lamplighter/db/generated/client";
import type { Downloads } from "@lamplighter/lwm2m/downloads";
import { invariant } from "@lamplighter/runtime/invariant";

/** Images kept in memory, the last used; many lights are sent the same one. */
const imagesKeptMax = 3;

/** Where campaigns and software tasks take images from, and where lights fetch them. */
export interface ImageShelf {
  image(packageId: string): Promise<Uint8Array>;
  readonly downloads: ImageDownloads;
}

/** Reads images from disk and keeps the last few, so that a thousand lights do not read the same file. */
export function imageShelf(parts: {
  readonly db: PrismaClient;
  readonly blobs: Blobs;
  readonly downloads: Downloads;
  /** Where lights reach us, without a slash at the end; the one to be preferred first. */
  readonly downloadBases: readonly string[];
}): ImageShelf {
  const { db, blobs, downloads, downloadBases } = parts;
  const shelf = new Map<string, Promise<Uint8Array>>();
  const names = new WeakMap<Uint8Array, string>();
  const image = async (packageId: string): Promise<Uint8Array> => {
    const { sha256 } = await db.package.findUniqueOrThrow({ where: { id: packageId }, select: { sha256: true } });
    const reading = shelf.get(sha256) ?? blobs.read(sha256);
    shelf.delete(sha256);
    shelf.set(sha256, reading);
    // One that cannot be read now may be there again for the next light.
    reading.catch(() => shelf.delete(sha256));
    const oldest = shelf.keys().next();
    if (shelf.size > imagesKeptMax && !oldest.done) shelf.delete(oldest.value);
    const bytes = await reading;
    names.set(bytes, sha256);
    return bytes;
  };
  const sha256Of = (bytes: Uint8Array): string => {
    const sha256 = names.get(bytes);
    invariant(sha256, "only images of the shelf are handed out");
    return sha256;
  };
  return {
    image,
    downloads: {
      addresses: (attempt) => downloadBases.map((base) => ({ uri: [base, ...downloads.pathOf(attempt)].join("/") })),
      open: (download) => downloads.open({ ...download, sha256: sha256Of(download.image) }),
    },
  };
}
