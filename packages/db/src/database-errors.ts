/** The database cannot be reached or started. The message is one sentence for an operator and never holds a password. */
export class DatabaseUnavailable extends Error {
  override readonly name = "DatabaseUnavailable";
}

/** The data was written by a newer Lamplighter than the one that runs. Nothing was changed. */
export class DataTooNew extends Error {
  override readonly name = "DataTooNew";
}

/** The tables could not be brought up to date. What the failed migration had begun was rolled back. */
export class MigrationFailed extends Error {
  override readonly name = "MigrationFailed";
}

/** The words of an error whatever was thrown, for use inside a sentence of ours. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}

/** The code a system call or PostgreSQL gave an error ("EACCES", "28P01"), if any. */
export function codeOf(error: unknown): string | undefined {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === "string" ? code : undefined;
}
