import { CONFLICT, PRECONDITION_FAILED } from "@lamplighter/coap/code";
import { type CoreLink, parseLinks } from "./link-format.ts";
import { MalformedInput } from "./malformed-input.ts";
import type { Lwm2mVersion, RegisteredObject } from "./registration.ts";
import type { Offence } from "./server-event.ts";
import { concat } from "./tlv.ts";
import { decodeUtf8 } from "./tlv-value.ts";

/** What a Register says (OMA TS Core 1.1 §6.2.1). */
export interface RegisterRequest {
  readonly endpoint: string;
  readonly version: Lwm2mVersion;
  readonly lifetimeSeconds: number;
  readonly binding: string;
  readonly queueMode: boolean;
  readonly smsNumber?: string;
  readonly announced: Announced;
  readonly attributes: Readonly<Record<string, string>>;
}

/** What an Update says: only what is present changes (OMA TS Core 1.1 §6.2.2). */
export interface UpdateRequest {
  readonly lifetimeSeconds?: number;
  readonly binding?: string;
  readonly queueMode?: boolean;
  readonly smsNumber?: string;
  readonly announced?: Announced;
  readonly attributes: Readonly<Record<string, string>>;
}

/** What the object list says. `rootPath` and `contentFormats` are absent when it has no root link. */
export interface Announced {
  readonly rootPath?: readonly string[];
  readonly contentFormats?: readonly number[];
  readonly objects: readonly RegisteredObject[];
}

/** A request that is well-formed but cannot be granted: the CoAP code to answer, and why. */
export interface Refusal {
  readonly code: number;
  readonly why: string;
  readonly offence?: Offence;
}

/** The lifetime of a device that names none (OMA TS Core 1.1 §6.2.1). */
export const lifetimeSecondsDefault = 86_400;
/** 68 years. Devices that mean "for ever" send 4,294,967,295; a longer lifetime is kept as this. */
export const lifetimeSecondsMax = 2 ** 31 - 1;
/** A longer endpoint name is refused. */
export const endpointBytesMax = 255;
/** More query parameters are refused. */
export const parametersMax = 32;
/** A longer query parameter is refused; the option itself carries no more. */
export const parameterCharactersMax = 255;
/** More object instances are refused. */
export const instancesMax = 2_048;

/** Objects that are no business of a device management server: security, OSCORE, COSE (OMA TS Core 1.1 §6.2.1). */
const secretObjects: readonly number[] = [0, 21, 23];

/** What a device says of itself is shown, logged and stored, and a store may take no NUL: none of these has business in it. */
const controlCharacter = /\p{Cc}/u;

/**
 * Reads a Register. Throws {@link MalformedInput} (4.00); returns a {@link Refusal} for what has its own code.
 *
 * From 1.1 on a device may leave its name out when its credentials say it: `authenticated`. From 1.2 on it may leave out of
 * its list what its profile id stands for: `profileOf` says what that is, as links.
 */
export function parseRegister(
  query: readonly string[],
  payload: Uint8Array,
  {
    authenticated,
    profileOf,
  }: {
    readonly authenticated?: string | undefined;
    readonly profileOf?: (id: string) => string | undefined;
  } = {},
): RegisterRequest | Refusal {
  const parameters = readParameters(query);
  const version = take(parameters, "lwm2m");
  if (version === undefined) throw new MalformedInput("lwm2m", "the version is missing");
  if (!isVersion(unquoted(version))) {
    return {
      code: PRECONDITION_FAILED,
      why: `LwM2M ${version.slice(0, 16).toWellFormed()} is not a version we speak (1.0, 1.1, 1.2).`,
    };
  }
  const said = take(parameters, "ep") || (unquoted(version) === "1.0" ? undefined : authenticated);
  const endpoint = readEndpoint(said);
  const transport = readTransport(parameters);
  const lifetimeSeconds = readLifetime(take(parameters, "lt")) ?? lifetimeSecondsDefault;
  const smsNumber = take(parameters, "sms");
  const pid = unquoted(version) === "1.2" ? parameters.get("pid") : undefined;
  const profile = pid === undefined ? undefined : profileOf?.(pid);
  if (payload.length === 0 && profile === undefined) {
    if (parameters.has("pid")) return { code: CONFLICT, why: "The object list cannot be told from the profile id." };
    throw new MalformedInput("object list", "it is empty");
  }
  return {
    endpoint,
    version: unquoted(version) as Lwm2mVersion,
    lifetimeSeconds,
    binding: transport.binding ?? "U",
    queueMode: transport.queueMode ?? false,
    ...(smsNumber !== undefined && { smsNumber }),
    announced: readAnnounced(profile === undefined ? payload : withProfile(profile, payload)),
    attributes: Object.fromEntries(parameters),
  };
}

/** The links of a profile, and after them what a device has beyond it. */
function withProfile(profile: string, payload: Uint8Array): Uint8Array {
  const links = new TextEncoder().encode(payload.length > 0 ? `${profile},` : profile);
  return concat([links, payload]);
}

/**
 * Reads an Update. Throws {@link MalformedInput} (4.00).
 *
 * `b` without `Q` ends queue mode: it is the only way in which a 1.1 device can say so. `ep` and `lwm2m`, which some
 * devices repeat, are ignored: they cannot change. `rootPath` is where the Register said that the objects stand: a list
 * without a root link of its own is below it.
 */
export function parseUpdate(
  query: readonly string[],
  payload: Uint8Array,
  rootPath: readonly string[] = [],
): UpdateRequest {
  const parameters = readParameters(query);
  take(parameters, "ep");
  take(parameters, "lwm2m");
  const { binding, queueMode } = readTransport(parameters);
  const lifetimeSeconds = readLifetime(take(parameters, "lt"));
  const smsNumber = take(parameters, "sms");
  return {
    ...(lifetimeSeconds !== undefined && { lifetimeSeconds }),
    ...(binding !== undefined && { binding }),
    ...(queueMode !== undefined && { queueMode }),
    ...(smsNumber !== undefined && { smsNumber }),
    ...(payload.length > 0 && { announced: readAnnounced(payload, rootPath) }),
    attributes: Object.fromEntries(parameters),
  };
}

export function isRefusal(result: object): result is Refusal {
  return "code" in result;
}

function readParameters(query: readonly string[]): Map<string, string> {
  if (query.length > parametersMax) throw new MalformedInput("query", `more than ${parametersMax} parameters`);
  const parameters = new Map<string, string>();
  for (const parameter of query) {
    if (parameter.length > parameterCharactersMax) throw new MalformedInput("query", "a parameter is too long");
    if (parameter === "") continue;
    if (controlCharacter.test(parameter)) {
      const name = parameter.slice(0, 16).replaceAll(/[^\w.-].*/gsu, "") || "query";
      throw new MalformedInput(name, "a control character");
    }
    const equals = parameter.indexOf("=");
    const name = equals < 0 ? parameter : parameter.slice(0, equals);
    if (parameters.has(name)) throw new MalformedInput("query", `${JSON.stringify(name)} is there twice`);
    parameters.set(name, equals < 0 ? "" : parameter.slice(equals + 1));
  }
  return parameters;
}

function take(parameters: Map<string, string>, name: string): string | undefined {
  const value = parameters.get(name);
  parameters.delete(name);
  return value;
}

function readEndpoint(ep: string | undefined): string {
  if (ep === undefined || ep === "") throw new MalformedInput("ep", "the endpoint name is missing");
  if (new TextEncoder().encode(ep).length > endpointBytesMax) {
    throw new MalformedInput("ep", `longer than ${endpointBytesMax} bytes`);
  }
  return ep;
}

function readLifetime(lt: string | undefined): number | undefined {
  if (lt === undefined) return undefined;
  if (!/^\d{1,10}$/.test(lt))
    throw new MalformedInput("lt", `${JSON.stringify(lt.slice(0, 32))} is not a number of seconds`);
  return Math.min(Number(lt), lifetimeSecondsMax);
}

/**
 * Reads `b` and `Q` in all their spellings: 1.0 writes queue mode into the binding (`UQ`), 1.1 as a parameter (`b=U&Q`),
 * and devices of every version mix the two.
 */
function readTransport(parameters: Map<string, string>): { binding?: string; queueMode?: boolean } {
  const b = take(parameters, "b");
  const q = take(parameters, "Q");
  if (q !== undefined && !["", "0", "1", "true", "false"].includes(q))
    throw new MalformedInput("Q", "it takes no value");
  const flagged = q === undefined ? undefined : q !== "0" && q !== "false";
  if (b === undefined) return flagged === undefined ? {} : { queueMode: flagged };
  const spelled = unquoted(b);
  if (!/^[UTSNMHQ]{1,7}$/.test(spelled) || new Set(spelled).size !== spelled.length || spelled === "Q") {
    throw new MalformedInput("b", `${JSON.stringify(b.slice(0, 16))} is not a binding`);
  }
  return { binding: spelled.replace("Q", ""), queueMode: spelled.includes("Q") || flagged === true };
}

function readAnnounced(payload: Uint8Array, rootBefore: readonly string[] = []): Announced {
  const links = parseLinks(decodeUtf8(payload, "object list"));
  const root = links.find(({ attributes }) => hasRootType(attributes)) ?? links.find(isBareRoot);
  const rootPath = root ? segmentsOf(root.target) : undefined;
  if (rootPath?.some((segment) => controlCharacter.test(segment))) {
    throw new MalformedInput("object list", "a control character in the alternate path");
  }
  const objects = new Map<number, { version?: string; instances: Set<number> }>();
  let count = 0;
  for (const link of links) {
    const place = objectPlace(segmentsOf(link.target), rootPath ?? rootBefore);
    if (!place || secretObjects.includes(place.object)) continue;
    if (++count > instancesMax) throw new MalformedInput("object list", `more than ${instancesMax} instances`);
    const known = objects.get(place.object) ?? { instances: new Set<number>() };
    if (place.instance !== undefined) known.instances.add(place.instance);
    const version = readObjectVersion(link);
    if (version !== undefined) known.version ??= version;
    objects.set(place.object, known);
  }
  return {
    ...(root && { rootPath: rootPath ?? [], contentFormats: readFormats(root) }),
    objects: [...objects].map(([object, { version, instances }]) => ({
      object,
      ...(version !== undefined && { version }),
      instances: [...instances].sort((a, b) => a - b),
    })),
  };
}

/** A link of resource type "oma.lwm2m" is the root, and may name an alternate path. */
function hasRootType({ rt }: CoreLink["attributes"]): boolean {
  return typeof rt === "string" && rt.split(" ").includes("oma.lwm2m");
}

/** Without such a link, `</>` is the root. */
function isBareRoot({ target }: CoreLink): boolean {
  return segmentsOf(target).length === 0;
}

/** Segments of a target, without empty ones: a slash too many at the end or the beginning does no harm. */
function segmentsOf(target: string): string[] {
  return target.split("/").filter((segment) => segment !== "");
}

/** Where a link points in the object tree; `undefined` when elsewhere. Some clients leave the alternate path out of their links. */
function objectPlace(segments: string[], root: readonly string[]): { object: number; instance?: number } | undefined {
  const below = root.length > 0 && root.every((segment, index) => segments[index] === segment);
  const ids = below ? segments.slice(root.length) : segments;
  if (ids.length < 1 || ids.length > 2 || !ids.every((id) => /^(0|[1-9]\d{0,4})$/.test(id))) return undefined;
  const [object = 0, instance] = ids.map(Number);
  if (object > 65_535 || (instance !== undefined && instance > 65_534)) return undefined;
  return { object, ...(instance !== undefined && { instance }) };
}

function readObjectVersion({ attributes }: CoreLink): string | undefined {
  const ver = attributes.ver;
  return typeof ver === "string" && /^\d{1,3}\.\d{1,3}$/.test(ver) ? ver : undefined;
}

function readFormats({ attributes }: CoreLink): number[] {
  const ct = attributes.ct;
  if (typeof ct !== "string") return [];
  return ct
    .split(/[ ,]+/)
    .filter((format) => /^\d{1,5}$/.test(format))
    .map(Number);
}

const unquoted = (value: string) => /^"(.*)"$/.exec(value)?.[1] ?? value;
const isVersion = (text: string): text is Lwm2mVersion => text === "1.0" || text === "1.1" || text === "1.2";
