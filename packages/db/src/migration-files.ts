import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { MigrationList } from "@prisma/schema-engine-wasm";

/** The folder of the one schema and its migrations. */
export const prismaFolder = fileURLToPath(new URL("../../../prisma", import.meta.url));
export const migrationsFolder = join(prismaFolder, "migrations");

export function readSchema(): { path: string; content: string } {
  const path = join(prismaFolder, "schema.prisma");
  return { path, content: readFileSync(path, "utf8") };
}

/** Every migration on disk, oldest first, as Prisma's engine wants it. */
export function readMigrations(folder = migrationsFolder): MigrationList {
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  return {
    baseDir: folder,
    lockfile: { path: "migration_lock.toml", content: readFileSync(join(folder, "migration_lock.toml"), "utf8") },
    shadowDbInitScript: "",
    migrationDirectories: names.map((path) => ({
      path,
      migrationFile: {
        path: "migration.sql",
        content: { tag: "ok", value: readFileSync(join(folder, path, "migration.sql"), "utf8") },
      },
    })),
  };
}
