import type { QueuedRequest } from "@lamplighter/lwm2m/queue/queued-request";
import type { QueuedRequestStore } from "@lamplighter/lwm2m/queue/queued-request-store";
import type { Prisma, PrismaClient, QueuedRequest as Row } from "./generated/client.ts";
import { storableText } from "./storable-text.ts";

/** Keeps what waits for sleeping lights in PostgreSQL, a row each. People ask for it, so it is written one by one. */
export class PrismaQueuedRequestStore implements QueuedRequestStore {
  readonly #db: Pick<PrismaClient, "queuedRequest">;

  constructor({ db }: { readonly db: Pick<PrismaClient, "queuedRequest"> }) {
    this.#db = db;
  }

  async load(account: string): Promise<readonly QueuedRequest[]> {
    const rows = await this.#db.queuedRequest.findMany({ where: { account }, orderBy: { position: "asc" } });
    return rows.map(toQueuedRequest);
  }

  async save(request: QueuedRequest): Promise<void> {
    const { id, operation, askedAt, expiresAt, endedAt, result, ...same } = request;
    const data = {
      ...same,
      operation: operation as unknown as Prisma.InputJsonObject,
      askedAt: new Date(askedAt),
      expiresAt: new Date(expiresAt),
      endedAt: endedAt === undefined ? null : new Date(endedAt),
      resultCode: result?.code ?? null,
      resultMessage: result === undefined ? null : storableText(result.message),
    };
    await this.#db.queuedRequest.upsert({ where: { id }, create: { id, ...data }, update: data });
  }

  async remove(ids: readonly string[]): Promise<void> {
    await this.#db.queuedRequest.deleteMany({ where: { id: { in: [...ids] } } });
  }
}

function toQueuedRequest(row: Row): QueuedRequest {
  const { operation, askedAt, expiresAt, endedAt, resultCode, resultMessage, state, ...same } = row;
  return {
    ...same,
    // Written by us alone, and judged again before it is sent.
    operation: operation as unknown as QueuedRequest["operation"],
    state: state as QueuedRequest["state"],
    askedAt: askedAt.getTime(),
    expiresAt: expiresAt.getTime(),
    ...(endedAt && { endedAt: endedAt.getTime() }),
    ...(resultCode !== null && { result: { code: resultCode, message: resultMessage ?? "" } }),
  };
}
