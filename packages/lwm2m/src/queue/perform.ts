import { malformedFrom } from "../malformed-input.ts";
import type { Node } from "../node.ts";
import { resourcesOf } from "../node.ts";
import type { OperationOptions } from "../operation-options.ts";
import type { OperationOutcome } from "../operation-outcome.ts";
import { formatPath, parsePath } from "../path.ts";
import type { PathNode } from "../path-node.ts";
import type { Lwm2mServer } from "../server.ts";
import { isSecret } from "../trace/secrets.ts";
import { describeValue } from "../value.ts";
import type { Delivery } from "./device-queue.ts";
import { contentFrom } from "./plain-content.ts";
import type { QueuedRequest } from "./queued-request.ts";

/** Letters of an answer that are kept to be shown. Values themselves are told as events. */
const messageLettersMax = 400;

type Operations = Pick<
  Lwm2mServer,
  | "read"
  | "readComposite"
  | "discover"
  | "observe"
  | "observeComposite"
  | "cancelObservation"
  | "delete"
  | "write"
  | "writeComposite"
  | "execute"
  | "create"
  | "writeAttributes"
>;

/** Carries out a queued request, and says whether it left and what came back. */
export async function perform(server: Operations, request: QueuedRequest): Promise<Delivery> {
  let hasLeft = false;
  const onSent = () => {
    hasLeft = true;
  };
  let outcome: OperationOutcome<unknown>;
  try {
    outcome = await operate(server, request, { onSent });
  } catch (error) {
    // Stored by an older program, or by somebody else.
    return { kind: "refused", result: { code: "invalid", message: malformedFrom(error).message } };
  }
  switch (outcome.kind) {
    case "ok":
      return { kind: "answered", result: { code: "ok", message: shown(request.operation.path, outcome.value) } };
    case "error":
      return { kind: "answered", result: { code: outcome.code, message: outcome.message } };
    case "malformed":
      return { kind: "answered", result: { code: "malformed", message: outcome.why } };
    case "invalid":
      return { kind: "refused", result: { code: "invalid", message: outcome.why } };
    default:
      return { kind: hasLeft ? "unanswered" : "unsent" };
  }
}

function operate(
  server: Operations,
  { endpoint, operation }: QueuedRequest,
  options: OperationOptions,
): Promise<OperationOutcome<unknown>> {
  switch (operation.kind) {
    case "read":
      return server.read(endpoint, operation.path, options);
    case "discover":
      return server.discover(endpoint, operation.path, options);
    case "observe":
      return server.observe(endpoint, operation.path, options);
    case "cancel-observation":
      return server.cancelObservation(endpoint, operation.path, options);
    case "delete":
      return server.delete(endpoint, operation.path, options);
    case "write": {
      const { path, content, mode } = operation;
      return server.write(endpoint, path, contentFrom(content), { ...options, ...(mode && { mode }) });
    }
    case "read-composite":
      return server.readComposite(endpoint, operation.path.split(" "), options);
    case "observe-composite":
      return server.observeComposite(endpoint, operation.path.split(" "), options);
    case "write-composite": {
      const contents = operation.contents.map(({ path, content }) => ({
        path,
        content: content === "delete" ? content : contentFrom(content),
      }));
      return server.writeComposite(endpoint, contents, options);
    }
    case "execute":
      return server.execute(endpoint, operation.path, operation.arguments, options);
    case "create": {
      const node = contentFrom(operation.content);
      if (!("kind" in node) || node.kind !== "instance") {
        return Promise.resolve({ kind: "invalid", why: "Only an instance can be created." });
      }
      return server.create(endpoint, parsePath(operation.path).object, node, options);
    }
    case "write-attributes":
      return server.writeAttributes(endpoint, operation.path, operation.attributes, options);
  }
}

/** What was read, in a line: `/3/0/9 = 85`. Empty where there is nothing to show. */
function shown(at: string, value: unknown): string {
  const text = Array.isArray(value)
    ? value.every(isPathNode)
      ? value.map(({ path, node }) => inWords(path, node)).join("; ")
      : value.map((link: { target?: string }) => link.target ?? "").join(" ")
    : isNode(value)
      ? inWords(at, value)
      : "";
  return text.length > messageLettersMax ? `${text.slice(0, messageLettersMax)}…` : text;
}

function inWords(at: string, node: Node): string {
  return [...resourcesOf(node, parsePath(at))]
    .map(({ path, resource }) => {
      if (isSecret(path, undefined)) return `${formatPath(path)} is not shown`;
      const values = resource.kind === "single" ? [resource.value] : [...resource.values.values()];
      return `${formatPath(path)} = ${values.map(describeValue).join(", ")}`;
    })
    .join("; ");
}

function isPathNode(value: unknown): value is PathNode {
  return typeof value === "object" && value !== null && "node" in value && isNode(value.node);
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "kind" in value;
}
