import { codeOf } from "@lamplighter/db/database-errors";

/** Tells whether the database refused a row because it must be the only one of its kind (Prisma's P2002). */
export function isDuplicate(error: unknown): boolean {
  return codeOf(error) === "P2002";
}

/**
 * Tells whether the database refused because of a row that another one refers to: the one to be removed is in use, or the
 * one referred to is gone (Prisma's P2003, PostgreSQL's 23503).
 */
export function isReference(error: unknown): boolean {
  const code = codeOf(error);
  return code === "P2003" || code === "23503";
}
