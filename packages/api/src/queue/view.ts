import type { PrismaClient } from "@lamplighter/db/generated/client";
import { resourcesOf } from "@lamplighter/lwm2m/node";
import { parsePath } from "@lamplighter/lwm2m/path";
import { contentFrom, type PlainContent } from "@lamplighter/lwm2m/queue/plain-content";
import type { QueuedOperation, QueuedRequest } from "@lamplighter/lwm2m/queue/queued-request";
import { isSecret } from "@lamplighter/lwm2m/trace/secrets";
import { describeValue } from "@lamplighter/lwm2m/value";
import { notShown } from "../operation/wire.ts";
import type { QueuedRequestView } from "../views.ts";

/** Letters of what is written that are shown. */
const contentLettersMax = 200;

/** Each operation as the specification calls it. */
export const verbOf: Readonly<Record<QueuedOperation["kind"], string>> = {
  read: "Read",
  discover: "Discover",
  observe: "Observe",
  "cancel-observation": "Cancel Observation",
  delete: "Delete",
  write: "Write",
  "read-composite": "Read-Composite",
  "write-composite": "Write-Composite",
  "observe-composite": "Observe-Composite",
  execute: "Execute",
  create: "Create",
  "write-attributes": "Write-Attributes",
};

/** Queued requests for people: with the name of who asked, and what would be written. */
export async function queuedRequestViews(
  db: PrismaClient,
  requests: readonly QueuedRequest[],
): Promise<QueuedRequestView[]> {
  const users = await db.user.findMany({
    where: { id: { in: [...new Set(requests.map(({ askedBy }) => askedBy))] } },
    select: { id: true, name: true },
  });
  const names = new Map(users.map(({ id, name }) => [id, name]));
  return requests.map((request) => ({
    id: request.id,
    verb: verbOf[request.operation.kind],
    path: request.operation.path,
    content: contentOf(request.operation),
    state: request.state,
    attempts: request.attempts,
    askedAt: new Date(request.askedAt).toISOString(),
    askedBy: names.get(request.askedBy) ?? request.askedBy,
    expiresAt: new Date(request.expiresAt).toISOString(),
    endedAt: request.endedAt === undefined ? null : new Date(request.endedAt).toISOString(),
    result: request.result ?? null,
  }));
}

/** What a request carries, in a line; empty for one that carries nothing. */
export function contentOf(operation: QueuedOperation): string {
  const text = longContentOf(operation);
  return text.length > contentLettersMax ? `${text.slice(0, contentLettersMax)}…` : text;
}

function longContentOf(operation: QueuedOperation): string {
  switch (operation.kind) {
    case "execute":
      return operation.arguments ?? "";
    case "write-attributes":
      return Object.entries(operation.attributes)
        .map(([name, value]) => (value === null ? `${name} unset` : `${name}=${value}`))
        .join(" ");
    case "write":
    case "create":
      return inWords(operation.path, operation.content, operation.kind === "create");
    case "write-composite":
      return operation.contents
        .map(({ path, content }) => (content === "delete" ? "deleted" : inWords(path, content, false)))
        .join("; ");
    default:
      return "";
  }
}

function inWords(at: string, plain: PlainContent, isNamed: boolean): string {
  const content = contentFrom(plain);
  if (!("kind" in content)) return isSecret(parsePath(at), undefined) ? notShown : describeValue(content);
  return [...resourcesOf(content, parsePath(at))]
    .map(({ path, resource }) => {
      const values = resource.kind === "single" ? [resource.value] : [...resource.values.values()];
      const shown = isSecret(path, undefined) ? notShown : values.map(describeValue).join(", ");
      return isNamed ? `${path.resource}: ${shown}` : shown;
    })
    .join("; ");
}
