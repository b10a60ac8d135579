import type { Readable } from "node:stream";
import type { PrismaClient } from "@lamplighter/db/generated/client";
import { MalformedInput } from "@lamplighter/lwm2m/malformed-input";
import { isMcuboot, readMcubootHeader } from "@lamplighter/lwm2m/mcuboot";
import { z } from "zod";
import type { Actor, Services } from "../context.ts";
import { recordEvent } from "../event/record.ts";
import { label, line, lines, name, prose } from "../input/text.ts";
import { may } from "../permissions.ts";
import { Problem } from "../problem.ts";
import type { PackageView } from "../views.ts";
import { visibleTo } from "../visible-to.ts";
import { BlobTooLarge, type ReceivedBlob } from "./blobs.ts";
import { lockFirmware, removeUnusedBlob } from "./unused-blob.ts";
import { packageView } from "./view.ts";

const list = z
  .string()
  .max(4_000)
  .transform((text) =>
    text
      .split(",")
      .map((word) => word.trim())
      .filter((word) => word !== ""),
  )
  .pipe(z.array(line.max(200)).max(50));

/** What an upload says of itself, in the address of the request. */
export const uploadFields = z.object({
  name: name.pipe(line),
  version: z
    .string()
    .trim()
    .max(60)
    .regex(/^[\x21-\x7e]*$/, "A version has no spaces.")
    .default(""),
  kind: z.enum(["firmware", "software"]).default("firmware"),
  vendor: label.pipe(line).default(""),
  models: list.default([]),
  hardwareRevisions: list.default([]),
  fileName: z.string().trim().max(255).pipe(line).default("firmware.bin"),
  notes: prose.pipe(lines).default(""),
});
export type UploadFields = z.infer<typeof uploadFields>;

type Receiving = Pick<Services, "db" | "clock" | "newId" | "blobs" | "live" | "facts">;

/**
 * Takes in a firmware image: streams its bytes to disk, reads the version from its header if it has one, and writes the
 * package down. Throws {@link Problem} for everything the sender can put right.
 */
export async function receiveFirmware(
  services: Receiving,
  upload: { actor: Actor; fields: UploadFields; body: Readable },
): Promise<PackageView> {
  const { db, blobs, facts } = services;
  const { actor, fields, body } = upload;
  if (!may(actor.role, "firmware.upload")) {
    throw new Problem("forbidden", `Your role "${actor.role}" does not include "firmware.upload".`);
  }
  // Known beforehand: say it before a quarter of a gigabyte has travelled.
  if (fields.version !== "") await refuseTwin(db, fields, fields.version);
  let received: ReceivedBlob;
  try {
    received = await blobs.receive(body, facts.firmwareBytesMax);
  } catch (error) {
    if (!(error instanceof BlobTooLarge)) throw error;
    const mebibytes = Math.floor(facts.firmwareBytesMax / 1024 / 1024);
    throw new Problem("too-large", `The image is larger than ${mebibytes} MiB, the most this installation takes.`);
  }
  try {
    return await store(services, actor, fields, received);
  } catch (error) {
    await removeUnusedBlob(services, received.sha256);
    throw error;
  } finally {
    await received.discard();
  }
}

async function store(
  { db, clock, newId, live }: Receiving,
  actor: Actor,
  fields: UploadFields,
  received: ReceivedBlob,
): Promise<PackageView> {
  const { sha256, bytes, head } = received;
  if (bytes === 0) throw new Problem("invalid-input", "The file is empty. Choose the firmware image itself.");
  const headerVersion = versionInHeader(head, bytes);
  const version = fields.version === "" ? (headerVersion ?? "") : fields.version;
  if (version === "") {
    throw new Problem("invalid-input", "The image does not say its version. Type the version that lights will report.");
  }
  const { name, vendor, models, hardwareRevisions, fileName, notes } = fields;
  const stored = await db.$transaction(async (db) => {
    await lockFirmware(db);
    await refuseTwin(db, fields, version);
    await received.keep();
    const at = clock.now();
    await db.blob.upsert({ where: { sha256 }, create: { sha256, bytes, createdAt: at }, update: {} });
    const message = `Uploaded ${fields.kind} ${name} ${version} (${bytes.toLocaleString("en")} bytes).`;
    await recordEvent({ db, clock }, { actor: actor.id, kind: "firmware.uploaded", message });
    return db.package.create({
      data: {
        id: newId(),
        name,
        kind: fields.kind,
        version,
        vendor: vendor || null,
        models,
        hardwareRevisions,
        fileName,
        format: headerVersion === undefined ? "opaque" : "mcuboot",
        headerVersion: headerVersion ?? null,
        notes: notes || null,
        sha256,
        bytes,
        createdBy: actor.id,
        createdAt: at,
      },
    });
  });
  live.note({ kind: "firmware" });
  return packageView(db, visibleTo(actor).devices, stored);
}

/**
 * Two packages of one version for the same models could not be told apart on a light. A light has one firmware, but several
 * pieces of software, which their names tell apart.
 */
export async function refuseTwin(
  db: Pick<PrismaClient, "package">,
  { kind, name, models, id }: Pick<UploadFields, "kind" | "name" | "models"> & { readonly id?: string },
  version: string,
): Promise<void> {
  const wanted = [...models].sort().join("\n");
  const alike = { version, kind, ...(kind === "software" && { name }), ...(id !== undefined && { id: { not: id } }) };
  const twins = await db.package.findMany({ where: alike, select: { name: true, models: true } });
  const twin = twins.find((candidate) => [...candidate.models].sort().join("\n") === wanted);
  if (!twin) return;
  throw new Problem(
    "name-taken",
    `Version ${version} is there already for these models ("${twin.name}"). Give the new image a version of its own.`,
  );
}

/** The version as a light with this image will report it, when the image has an MCUboot header. */
function versionInHeader(head: Uint8Array, bytes: number): string | undefined {
  if (!isMcuboot(head)) return undefined;
  try {
    return readMcubootHeader(head, bytes).version;
  } catch (cause) {
    if (!(cause instanceof MalformedInput)) throw cause;
    throw new Problem("invalid-input", `This looks like an MCUboot image but is damaged: ${cause.message}`, { cause });
  }
}
