import { MalformedInput } from "../malformed-input.ts";

/** What a Bootstrap-Request says (OMA TS Core 1.1 §6.1.7.1). */
export interface BootstrapRequest {
  readonly endpoint: string;
  /** The content format that the device prefers (`pct`, since 1.1). */
  readonly preferredFormat?: number;
  /** Instances of object 0 that hold its bootstrap account (`acc` of a Bootstrap-Pack-Request, since 1.2). */
  readonly accountInstances: readonly number[];
}

export const bootstrapEndpointBytesMax = 255;
const parametersMax = 16;

/**
 * Reads the query of a Bootstrap-Request or Bootstrap-Pack-Request. Parameters that we do not know are ignored, and so is
 * a preferred format that is none: a device that can read TLV must not be turned away. Throws {@link MalformedInput}.
 */
export function parseBootstrapRequest(query: readonly string[]): BootstrapRequest {
  if (query.length > parametersMax) throw new MalformedInput("query", `more than ${parametersMax} parameters`);
  const parameters = new Map<string, string>();
  for (const parameter of query) {
    const equals = parameter.indexOf("=");
    const name = equals < 0 ? parameter : parameter.slice(0, equals);
    if (parameters.has(name)) throw new MalformedInput("query", `${JSON.stringify(name.slice(0, 32))} is there twice`);
    parameters.set(name, equals < 0 ? "" : parameter.slice(equals + 1));
  }
  const endpoint = parameters.get("ep") ?? "";
  if (endpoint === "") throw new MalformedInput("ep", "the endpoint name is missing");
  if (new TextEncoder().encode(endpoint).length > bootstrapEndpointBytesMax) {
    throw new MalformedInput("ep", `longer than ${bootstrapEndpointBytesMax} bytes`);
  }
  // A name is shown, logged and stored.
  if (/\p{Cc}/u.test(endpoint) || !endpoint.isWellFormed()) throw new MalformedInput("ep", "a character that is none");
  const preferred = parameters.get("pct") ?? "";
  return {
    endpoint,
    ...(/^\d{1,5}$/.test(preferred) && Number(preferred) <= 65_535 && { preferredFormat: Number(preferred) }),
    accountInstances: readInstances(parameters.get("acc") ?? ""),
  };
}

/** `1`, `0,1` or `/0/1`: implementations differ in how they list instances. */
function readInstances(text: string): number[] {
  return text
    .split(/[,; ]+/)
    .slice(0, parametersMax)
    .map((each) => /^(?:\/?0\/)?(\d{1,5})$/.exec(each)?.[1])
    .filter((each) => each !== undefined)
    .map(Number);
}
