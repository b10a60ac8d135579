import {
  BAD_REQUEST,
  CHANGED,
  CONTENT,
  DELETE,
  DELETED,
  GET,
  METHOD_NOT_ALLOWED,
  NOT_ACCEPTABLE,
  NOT_FOUND,
  POST,
  PUT,
  UNSUPPORTED_CONTENT_FORMAT,
} from "@lamplighter/coap/code";
import { contentFormat } from "@lamplighter/coap/content-format";
import type { IncomingRequest, OutgoingResponse } from "@lamplighter/coap/endpoint";
import { bootstrapFormatOf, decodeAccount, decodePack, encodeAccount } from "@lamplighter/lwm2m/bootstrap/content";
import { MalformedInput } from "@lamplighter/lwm2m/malformed-input";
import { type InstanceNode, object } from "@lamplighter/lwm2m/node";
import { type Path, pathOfSegments } from "@lamplighter/lwm2m/path";
import { type Accounts, accountObjects, bootstrapAccountOf, fitTogether, shortServerIdOf } from "./accounts.ts";

/** What a request of the bootstrap server comes to: an answer, and the accounts as they are after it. */
export interface BootstrapStep {
  readonly response: OutgoingResponse;
  readonly accounts: Accounts;
  /** The Finish was accepted. */
  readonly isFinished?: boolean;
}

type Asked = Pick<IncomingRequest, "method" | "path" | "accept" | "contentFormat" | "payload">;

/** Answers the bootstrap server as the specification says (OMA TS Core 1.1 §6.1.7). The bootstrap account is never deleted. */
export function answerBootstrap(request: Asked, accounts: Accounts): BootstrapStep {
  const only = (response: OutgoingResponse): BootstrapStep => ({ response, accounts });
  if (request.method === POST && request.path.join("/") === "bs") {
    const isFinished = fitTogether(accounts);
    return { ...only({ code: isFinished ? CHANGED : NOT_ACCEPTABLE }), isFinished };
  }
  let path: Path | undefined;
  try {
    path = request.path.length === 0 ? undefined : pathOfSegments(request.path);
  } catch {
    return only({ code: BAD_REQUEST });
  }
  switch (request.method) {
    case GET:
      return only(request.accept === contentFormat.link ? discover(path, accounts) : read(request, path, accounts));
    case DELETE:
      return remove(path, accounts);
    case PUT:
      return path ? write(request, path, accounts) : only({ code: METHOD_NOT_ALLOWED });
    default:
      return only({ code: METHOD_NOT_ALLOWED });
  }
}

function discover(path: Path | undefined, accounts: Accounts): OutgoingResponse {
  if (path?.instance !== undefined) return { code: METHOD_NOT_ALLOWED };
  const links: string[] = ['</>;lwm2m="1.1"'];
  for (const [id, instances] of accounts) {
    if (path && path.object !== id) continue;
    for (const [number, node] of instances) {
      const shortServerId = shortServerIdOf(id, node);
      links.push(`</${id}/${number}>${shortServerId === undefined ? "" : `;ssid=${shortServerId}`}`);
    }
  }
  if (!path) links.push("</3/0>");
  return { code: CONTENT, contentFormat: contentFormat.link, payload: new TextEncoder().encode(links.join(",")) };
}

/** Only objects 1 and 2 may be read: object 0 holds keys (OMA TS Core 1.1 §6.1.7.3). */
function read({ accept }: Asked, path: Path | undefined, accounts: Accounts): OutgoingResponse {
  if (!path || path.instance !== undefined || (path.object !== 1 && path.object !== 2)) return { code: BAD_REQUEST };
  const asked = accept ?? contentFormat.tlv;
  const format = bootstrapFormatOf(asked);
  if (!format) return { code: NOT_ACCEPTABLE };
  const node = object(path.object, accounts.get(path.object)?.values() ?? []);
  return { code: CONTENT, contentFormat: asked, payload: encodeAccount(node, { object: path.object }, format) };
}

function remove(path: Path | undefined, accounts: Accounts): BootstrapStep {
  if (path?.resource !== undefined) return { response: { code: METHOD_NOT_ALLOWED }, accounts };
  if (path && !accountObjects.includes(path.object)) return { response: { code: NOT_FOUND }, accounts };
  const kept = bootstrapAccountOf(accounts)?.instance;
  const left = [...accounts].map(([id, instances]): [number, ReadonlyMap<number, InstanceNode>] => {
    if (path && path.object !== id) return [id, instances];
    const stay = ([number]: readonly [number, InstanceNode]) =>
      (id === 0 && number === kept) || (path?.instance !== undefined && number !== path.instance);
    return [id, new Map([...instances].filter(stay))];
  });
  const isKept = path?.object === 0 && path.instance !== undefined && path.instance === kept;
  return isKept
    ? { response: { code: BAD_REQUEST }, accounts }
    : { response: { code: DELETED }, accounts: new Map(left) };
}

function write({ contentFormat: format, payload }: Asked, path: Path, accounts: Accounts): BootstrapStep {
  const refuse = (code: number): BootstrapStep => ({ response: { code }, accounts });
  if (!accountObjects.includes(path.object)) return refuse(NOT_FOUND);
  if (path.resourceInstance !== undefined) return refuse(METHOD_NOT_ALLOWED);
  if (format === undefined || !bootstrapFormatOf(format)) return refuse(UNSUPPORTED_CONTENT_FORMAT);
  const instances = new Map(accounts.get(path.object));
  try {
    const node = decodeAccount(payload, format, path);
    if (node.kind === "object") for (const each of node.instances.values()) instances.set(each.instance, each);
    else if (node.kind === "instance") instances.set(node.instance, node);
    else if (node.kind === "single" || node.kind === "multiple") {
      const number = path.instance ?? 0;
      const resources = new Map(instances.get(number)?.resources).set(node.resource, node);
      instances.set(number, { kind: "instance", instance: number, resources });
    }
  } catch (error) {
    if (error instanceof MalformedInput) return refuse(BAD_REQUEST);
    throw error;
  }
  return { response: { code: CHANGED }, accounts: new Map(accounts).set(path.object, instances) };
}

/**
 * The accounts that a Bootstrap-Pack leads to: each object in it replaces what the light has of it, save for the bootstrap
 * account (OMA TS Core 1.2 §6.1.7.7). Undefined for a pack that cannot be read or that the light could not live with.
 */
export function adoptPack(payload: Uint8Array, format: number | undefined, accounts: Accounts): Accounts | undefined {
  const kept = bootstrapAccountOf(accounts)?.instance;
  try {
    const adopted = new Map(accounts);
    for (const node of decodePack(payload, format ?? contentFormat.senmlCbor)) {
      if (!accountObjects.includes(node.object)) return undefined;
      const own = [...(accounts.get(node.object) ?? [])].filter(([number]) => node.object === 0 && number === kept);
      adopted.set(node.object, new Map([...own, ...node.instances]));
    }
    return fitTogether(adopted) ? adopted : undefined;
  } catch (error) {
    if (error instanceof MalformedInput) return undefined;
    throw error;
  }
}
