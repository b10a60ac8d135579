import pg from "pg";

/**
 * How our own SQL reads PostgreSQL's types.
 *
 * The columns are `timestamp` without zone and hold UTC; left alone, `pg` would read them in the zone of the machine.
 * Prisma brings its own readers and is not touched by these.
 */
export const postgresTypes: pg.CustomTypesConfig = {
  getTypeParser(oid, format) {
    if (format !== "binary") {
      if (oid === pg.types.builtins.TIMESTAMP) return (text: string) => new Date(`${text.replace(" ", "T")}Z`);
      if (oid === pg.types.builtins.INT8) return (text: string) => BigInt(text);
    }
    return pg.types.getTypeParser(oid, format as "text");
  },
};

/** An instant as our columns take it: UTC, without a zone. Epoch milliseconds in; never-ending ones become null. */
export function toInstant(milliseconds: number | undefined): string | null {
  if (milliseconds === undefined || !Number.isFinite(milliseconds)) return null;
  return new Date(milliseconds).toISOString().slice(0, -1);
}

/** A stored instant in epoch milliseconds. */
export function fromInstant(value: Date): number;
export function fromInstant(value: Date | null): number | undefined;
export function fromInstant(value: Date | null): number | undefined {
  return value === null ? undefined : value.getTime();
}
