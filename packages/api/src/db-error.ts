/** Tells whether the database refused a row because it must be the only one of its kind (Prisma's P2002). */
export function isDuplicate(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === "P2002";
}
