import type { SignedIn } from "../context.ts";

/** The light that an audit event is about, where the inventory has it. */
export async function told({ db }: Pick<SignedIn, "db">, endpoint: string): Promise<{ readonly deviceId?: string }> {
  const device = await db.device.findUnique({ where: { endpoint }, select: { id: true } });
  return device ? { deviceId: device.id } : {};
}
