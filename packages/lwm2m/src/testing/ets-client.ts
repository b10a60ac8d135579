import { CoapEndpoint, type IncomingRequest, type OutgoingResponse, type Subscriber } from "@lamplighter/coap/endpoint";
import type { Cancel } from "@lamplighter/runtime/clock";
import { milliseconds, seconds } from "@lamplighter/runtime/duration";
import {
  cbor,
  fromRaw,
  fromText,
  type PeerRecord,
  type PeerValue,
  plainText,
  rawBytes,
  readCbor,
  readSenmlCbor,
  readSenmlJson,
  readTlv,
  senmlCbor,
  senmlJson,
  type Tlv,
  tlv,
} from "./peer-encoding.ts";
import { serverAddress, TestWorld } from "./world.ts";

export const format = {
  text: 0,
  link: 40,
  opaque: 42,
  cbor: 60,
  senmlJson: 110,
  senmlCbor: 112,
  tlv: 11_542,
  json: 11_543,
};

/** The least that every case of the conformance suite expects of a client: server account 1 and a device object (C.1, C.3). */
export const c3: Readonly<Record<string, PeerValue>> = {
  "/1/0/0": 1,
  "/1/0/1": 86_400,
  "/1/0/2": 1,
  "/1/0/3": 10,
  "/1/0/5": 86_400,
  "/1/0/6": false,
  "/1/0/7": "U",
  "/3/0/0": "Open Mobile Alliance",
  "/3/0/1": "Lightweight M2M Client",
  "/3/0/2": "345000123",
  "/3/0/3": "1.0",
  "/3/0/11/0": 0,
  "/3/0/16": "U",
};
export const executables = ["/1/0/4", "/1/0/8", "/1/0/9", "/3/0/4"];
/** Configurations of the suite, each over {@link c3}. */
export const c4: Readonly<Record<string, PeerValue>> = {
  ...c3,
  "/3/0/6/0": 1,
  "/3/0/6/1": 2,
  "/3/0/7/0": 3_800,
  "/3/0/7/1": 5_000,
  "/3/0/8/0": 125,
  "/3/0/8/1": 900,
  "/3/0/9": 100,
};
export const c6: Readonly<Record<string, PeerValue>> = {
  ...c4,
  "/3/0/10": 15,
  "/3/0/13": 1_000_000,
  "/3/0/14": "+01:00",
  "/3/0/15": "Europe/Berlin",
  "/3/0/17": "light",
};
export const c12: Readonly<Record<string, PeerValue>> = {
  ...c3,
  "/16/0/0/0": "Host Device ID #1",
  "/16/0/0/1": "Host Device Manufacturer #1",
  "/16/0/0/2": "Host Device Model #1",
  "/16/0/0/3": "Host Device Software Version #1",
};

interface Seen {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly accept: number | undefined;
  readonly contentFormat: number | undefined;
  readonly observe: number | undefined;
  readonly payload: Uint8Array;
  readonly code: string;
}

interface Watch {
  readonly subscriber: Subscriber;
  readonly request: IncomingRequest;
  alarm: Cancel | undefined;
}

/**
 * A client that does what the conformance suite expects of one, over the network in memory: a tree of values, the
 * operations on it, attributes, observations told at pmax, and the Updates that a server's writes cause.
 *
 * It writes and reads all formats by itself (see `peer-encoding.ts`). What it was asked is listed in `seen`.
 */
export class EtsClient {
  readonly tree = new Map<string, PeerValue>();
  readonly seen: Seen[] = [];
  /** What the server answered to our requests: `POST /rd 2.01`. */
  readonly answers: string[] = [];
  readonly notified: { readonly path: string; readonly at: number; readonly outcome: string }[] = [];
  location: readonly string[] = [];
  /** The format in which it answers when nobody names one. */
  preferred = format.tlv;
  readonly attributes = new Map<string, Map<string, string>>();
  readonly #world: TestWorld;
  readonly #watches = new Map<string, Watch>();
  readonly #endpoint: CoapEndpoint;
  readonly #executables: readonly string[];
  registerQuery: readonly string[] = ["lt=86400", "lwm2m=1.1", "b=U"];
  readonly endpoint: string;

  constructor(
    world: TestWorld,
    {
      tree = c3,
      endpoint = "light-1",
      address = "192.0.2.7:5683",
      executables: more = [],
      server = serverAddress,
    }: {
      readonly tree?: Readonly<Record<string, PeerValue>>;
      readonly endpoint?: string;
      readonly address?: string;
      readonly executables?: readonly string[];
      readonly server?: string;
    } = {},
  ) {
    this.#world = world;
    this.server = server;
    this.endpoint = endpoint;
    this.#executables = [...executables, ...more];
    for (const [path, value] of Object.entries(tree)) this.tree.set(path, value);
    const { clock, random, network } = world;
    this.#endpoint = new CoapEndpoint({ port: network.bind(address), clock, random });
    this.#endpoint.onRequest((request) => {
      const response = this.#answer(request);
      this.#note(request, response.code);
      request.respond(response);
      // A moment later, or the network might bring the server what follows before the answer.
      world.clock.after(milliseconds(50), () => this.#afterwards(request, response.code));
    });
  }

  readonly server: string;

  /** The object list as it stands now, in link format. */
  links(): string {
    const instances = new Set([...this.tree.keys()].map((path) => path.split("/").slice(0, 3).join("/")));
    return [...instances]
      .sort(byPath)
      .map((path) => `<${path}>`)
      .join();
  }

  register(query: readonly string[] = this.registerQuery, links = this.links()): Promise<string> {
    this.registerQuery = query;
    return this.ask(2, ["rd"], [`ep=${this.endpoint}`, ...query], links, format.link);
  }

  update(query: readonly string[] = [], links?: string): Promise<string> {
    return this.ask(2, this.location, query, links, links === undefined ? undefined : format.link);
  }

  deregister(): Promise<string> {
    return this.ask(4, this.location);
  }

  /** POST /dp with the values that stand at these paths. */
  send(paths: readonly string[], as: number = format.senmlJson): Promise<string> {
    const values = paths.flatMap((path) => this.#recordsAt(path));
    return this.ask(2, ["dp"], [], as === format.senmlCbor ? senmlCbor(values) : senmlJson(values), as);
  }

  ask(
    method: number,
    path: readonly string[],
    query: readonly string[] = [],
    payload?: string | Uint8Array,
    contentFormat?: number,
  ): Promise<string> {
    const content = typeof payload === "string" ? Uint8Array.from(Buffer.from(payload)) : payload;
    return new Promise((resolve) => {
      const request = {
        peer: this.server,
        method,
        path,
        query,
        ...(content && { payload: content }),
        ...(contentFormat !== undefined && { contentFormat }),
      };
      this.#endpoint.request(request, (outcome) => {
        const code = outcome.kind === "response" ? codeText(outcome.code) : outcome.kind;
        const shown = path[0] === "rd" && path.length > 1 ? "/rd/*" : `/${path.join("/")}`;
        this.answers.push(
          `${methods[method]} ${shown}${query.length > 0 && path.length > 1 ? `?${query.join("&")}` : ""} ${code}`,
        );
        if (outcome.kind === "response" && code === "2.01") {
          this.location = outcome.options
            .filter(({ number }) => number === 8)
            .map(({ value }) => new TextDecoder().decode(value));
        }
        resolve(code);
      });
    });
  }

  /** Changes a value, and tells those who observe it. */
  set(path: string, value: PeerValue): void {
    this.tree.set(path, value);
    for (const key of this.#watches.keys()) {
      if (key.split(" ").some((watched) => path === watched || path.startsWith(`${watched}/`))) this.tell(key);
    }
  }

  get observed(): string[] {
    return [...this.#watches.keys()];
  }

  /** Notifies of one observation now. */
  tell(key: string): void {
    const watch = this.#watches.get(key);
    if (!watch) return;
    const response =
      key.includes(" ") || watch.request.method === 5 ? this.#readComposite(watch.request) : this.#read(watch.request);
    const at = this.#world.clock.monotonic();
    this.#endpoint.notify(watch.subscriber, response, (outcome) => {
      this.notified.push({ path: key, at, outcome });
      if (outcome === "rejected") this.#unwatch(key);
    });
    this.#arm(key, watch);
  }

  asked(): string[] {
    return this.seen.map(({ method, path, query, code }) => `${method} ${path}${query ? `?${query}` : ""} ${code}`);
  }

  #note(request: IncomingRequest, code: number): void {
    this.seen.push({
      method: methods[request.method] ?? "?",
      path: `/${request.path.join("/")}`,
      query: request.query.join("&"),
      accept: request.accept,
      contentFormat: request.contentFormat,
      observe: request.observe,
      payload: request.payload.slice(),
      code: codeText(code),
    });
  }

  /** What a write or an execute makes the client do by itself, after it has answered. */
  #afterwards({ path, method, payload }: IncomingRequest, code: number): void {
    if (code !== 0x44) return;
    const at = `/${path.join("/")}`;
    if (method === 2 && at === "/1/0/8") void this.update();
    if (method === 2 && at === "/1/0/4") void this.deregister();
    if (method === 2 && at === "/1/0/9") void this.ask(2, ["bs"], [`ep=${this.endpoint}`]);
    if (method === 2 && at === "/3/0/4") {
      for (const key of this.observed) this.#unwatch(key);
      this.#world.clock.after(seconds(3), () => void this.register());
    }
    if (payload.length > 0 && this.#lifetime !== this.tree.get("/1/0/1")) {
      this.#lifetime = this.tree.get("/1/0/1");
      void this.update([`lt=${this.#lifetime}`]);
    }
  }

  #lifetime: PeerValue | undefined = 86_400;

  #answer(request: IncomingRequest): OutgoingResponse {
    const at = request.path.length === 0 ? "/" : `/${request.path.join("/")}`;
    if (["0", "21", "23"].includes(request.path[0] ?? "")) return { code: 0x81 };
    switch (request.method) {
      case 1:
        return request.accept === format.link
          ? this.#discover(at, request)
          : this.#observing(at, request, () => this.#read(request));
      case 5:
        return this.#observing(this.#compositeKey(request), request, () => this.#readComposite(request));
      case 7:
        return this.#writeAll(decoded(request.contentFormat, request.payload));
      case 3:
        return request.query.length > 0 && request.payload.length === 0
          ? this.#writeAttributes(at, request)
          : this.#write(at, request);
      case 2:
        if (this.#executables.includes(at)) return { code: 0x44 };
        return request.path.length === 1 ? this.#create(at, request) : this.#write(at, request);
      case 4:
        return this.#delete(at);
      default:
        return { code: 0x85 };
    }
  }

  #recordsAt(path: string): PeerRecord[] {
    return [...this.tree]
      .filter(([each]) => path === "/" || each === path || each.startsWith(`${path}/`))
      .sort(([a], [b]) => byPath(a, b))
      .map(([each, value]) => ({ path: each, value }));
  }

  #read(request: IncomingRequest): OutgoingResponse {
    const path = `/${request.path.join("/")}`;
    if (this.#executables.includes(path)) return { code: 0x85 };
    const found = this.#recordsAt(path);
    if (found.length === 0) return { code: 0x84 };
    const single = found.length === 1 && found[0]!.path === path ? found[0]!.value : undefined;
    const accept = request.accept ?? (single === undefined ? this.preferred : format.text);
    const payload = encoded(accept, path, found, single);
    return payload ? { code: 0x45, contentFormat: accept, payload } : { code: 0x86 };
  }

  #compositeKey(request: IncomingRequest): string {
    return decoded(request.contentFormat, request.payload)
      .map(({ path }) => path)
      .join(" ");
  }

  #readComposite(request: IncomingRequest): OutgoingResponse {
    const paths = this.#compositeKey(request).split(" ");
    const found = paths.flatMap((path) => this.#recordsAt(path === "" ? "/" : path));
    const accept = request.accept ?? request.contentFormat ?? 0;
    const payload = encoded(accept, "/", found, undefined);
    return payload ? { code: 0x45, contentFormat: accept, payload } : { code: 0x86 };
  }

  #observing(key: string, request: IncomingRequest, read: () => OutgoingResponse): OutgoingResponse {
    const response = read();
    if (request.observe === 1) this.#unwatch(key);
    if (!request.subscriber || response.code !== 0x45) return response;
    this.#unwatch(key);
    const watch: Watch = { subscriber: request.subscriber, request, alarm: undefined };
    this.#watches.set(key, watch);
    this.#arm(key, watch);
    return { ...response, observe: 1 };
  }

  #arm(key: string, watch: Watch): void {
    watch.alarm?.();
    const own = new Map(watch.request.method === 1 ? watch.request.query.map(keyAndValue) : []);
    const pmax =
      own.get("pmax") ??
      key
        .split(" ")
        .map((path) => this.#attribute(path, "pmax"))
        .find((value) => value !== undefined);
    watch.alarm = pmax === undefined ? undefined : this.#world.clock.after(seconds(Number(pmax)), () => this.tell(key));
  }

  #unwatch(key: string): void {
    this.#watches.get(key)?.alarm?.();
    this.#watches.delete(key);
  }

  #attribute(path: string, name: string): string | undefined {
    const parts = path.split("/");
    for (let length = parts.length; length > 1; length--) {
      const value = this.attributes.get(parts.slice(0, length).join("/"))?.get(name);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  #writeAttributes(at: string, { query }: IncomingRequest): OutgoingResponse {
    const own = this.attributes.get(at) ?? new Map<string, string>();
    for (const [name, value] of query.map(keyAndValue)) {
      if (value === undefined) own.delete(name);
      else own.set(name, value);
    }
    this.attributes.set(at, own);
    for (const [key, watch] of this.#watches) this.#arm(key, watch);
    return { code: 0x44 };
  }

  #discover(at: string, { query }: IncomingRequest): OutgoingResponse {
    const depth = Number(
      query.map(keyAndValue).find(([name]) => name === "depth")?.[1] ?? (at.split("/").length === 2 ? 2 : 1),
    );
    const levels = new Map<string, number>();
    const all = [...this.tree.keys(), ...this.#executables].filter((path) => path === at || path.startsWith(`${at}/`));
    if (all.length === 0) {
      const isKnown = at.split("/").length === 2 && this.emptied.has(at);
      return isKnown
        ? { code: 0x45, contentFormat: format.link, payload: Uint8Array.from(Buffer.from(`<${at}>`)) }
        : { code: 0x84 };
    }
    for (const path of all) {
      const parts = path.split("/");
      for (let length = at.split("/").length; length <= parts.length; length++) {
        const each = parts.slice(0, length).join("/");
        levels.set(each, length - at.split("/").length);
      }
    }
    const links = [...levels]
      .filter(([, level]) => level <= depth)
      .map(([path]) => path)
      .filter((path) => depth > 2 || at.split("/").length === 4 || path.split("/").length < 5)
      .sort(byPath)
      .map((path) => `<${path}>${this.#dimension(path)}${this.#shown(path, path === at)}`);
    return { code: 0x45, contentFormat: format.link, payload: Uint8Array.from(Buffer.from(links.join())) };
  }

  #dimension(path: string): string {
    if (path.split("/").length !== 4) return "";
    const count = [...this.tree.keys()].filter((each) => each.startsWith(`${path}/`)).length;
    return count > 0 ? `;dim=${count}` : "";
  }

  /** Attributes set at a path; at the path asked for, with what it inherits. */
  #shown(path: string, withInherited: boolean): string {
    const parts = path.split("/");
    const shown = new Map<string, string>();
    for (let length = withInherited ? 2 : parts.length; length <= parts.length; length++) {
      for (const [name, value] of this.attributes.get(parts.slice(0, length).join("/")) ?? []) shown.set(name, value);
    }
    return [...shown].map(([name, value]) => `;${name}=${value}`).join("");
  }

  #write(at: string, { contentFormat, payload }: IncomingRequest): OutgoingResponse {
    if (at === "/1/0/0" || this.readOnly.has(at)) return { code: 0x85 };
    if (this.#recordsAt(at.split("/").slice(0, 4).join("/")).length === 0) return { code: 0x84 };
    if (contentFormat === format.tlv) {
      const entries = readTlv(payload).flatMap((one) => this.#fromTlv(at, one));
      return this.#writeAll(entries);
    }
    const like = this.tree.get(at);
    if (contentFormat === format.text) this.tree.set(at, fromText(payload, like));
    else if (contentFormat === format.opaque) this.tree.set(at, payload.slice());
    else if (contentFormat === format.cbor) this.tree.set(at, readCbor(payload) as PeerValue);
    else if (contentFormat === format.json) return this.#writeAll(omaJson(payload));
    else return this.#writeAll(decoded(contentFormat, payload));
    return { code: 0x44 };
  }

  readonly readOnly = new Set<string>(["/3/0/0", "/3/0/1", "/3/0/2", "/3/0/3"]);
  /** Objects that are there without an instance. */
  readonly emptied = new Set<string>();

  #fromTlv(at: string, { kind, id, value }: Tlv): PeerRecord[] {
    const parts = at.split("/").length;
    if (kind === 0)
      return readTlv(value).flatMap((one) => this.#fromTlv(`${at.split("/").slice(0, 2).join("/")}/${id}`, one));
    const path = kind === 1 ? (parts === 5 ? at : `${at}/${id}`) : parts === 4 ? at : `${at}/${id}`;
    if (kind === 2) return readTlv(value).flatMap((one) => this.#fromTlv(path, one));
    return [{ path, value: fromRaw(value, this.tree.get(path)) }];
  }

  /** All or nothing. */
  #writeAll(values: readonly PeerRecord[]): OutgoingResponse {
    if (values.length === 0) return { code: 0x80 };
    if (values.some(({ path }) => path === "/1/0/0" || this.readOnly.has(path))) return { code: 0x85 };
    for (const { path, value } of values) {
      const like = this.tree.get(path);
      if (value === undefined || value === null) continue;
      this.tree.set(
        path,
        typeof value === "number" && typeof like === "object" && "float" in like ? { float: value } : value,
      );
    }
    return { code: 0x44 };
  }

  #create(at: string, request: IncomingRequest): OutgoingResponse {
    if (at === "/1" || at === "/3") return { code: 0x85 };
    const values =
      request.contentFormat === format.tlv
        ? readTlv(request.payload).flatMap((one) => this.#fromTlv(at, one))
        : decoded(request.contentFormat, request.payload);
    const instance = values[0]?.path.split("/")[2];
    if (instance === undefined || this.#recordsAt(`${at}/${instance}`).length > 0) return { code: 0x80 };
    this.#writeAll(values);
    return { code: 0x41, locationPath: [at.slice(1), instance] };
  }

  #delete(at: string): OutgoingResponse {
    if (at.startsWith("/1/") || at.startsWith("/3/")) return { code: 0x85 };
    const found = this.#recordsAt(at);
    if (found.length === 0) return { code: 0x84 };
    for (const { path } of found) this.tree.delete(path);
    this.emptied.add(`/${at.split("/")[1]}`);
    return { code: 0x42 };
  }
}

const methods: Readonly<Record<number, string>> = {
  1: "GET",
  2: "POST",
  3: "PUT",
  4: "DELETE",
  5: "FETCH",
  7: "IPATCH",
};

function byPath(a: string, b: string): number {
  const [left, right] = [a.split("/").map(Number), b.split("/").map(Number)];
  for (let index = 1; index < Math.max(left.length, right.length); index++) {
    const difference = (left[index] ?? -1) - (right[index] ?? -1);
    if (difference !== 0) return difference;
  }
  return 0;
}

const codeText = (code: number) => `${code >> 5}.${String(code & 31).padStart(2, "0")}`;
const keyAndValue = (parameter: string): [string, string | undefined] => {
  const [name = "", value] = parameter.split("=");
  return [name, value];
};

function decoded(contentFormat: number | undefined, payload: Uint8Array): PeerRecord[] {
  if (contentFormat === format.senmlCbor || contentFormat === 322) return readSenmlCbor(payload);
  if (contentFormat === format.senmlJson || contentFormat === 320) return readSenmlJson(payload);
  return [];
}

/** OMA JSON of a write: `{"bn":"/1/0/","e":[{"n":"2","v":101}]}`. */
function omaJson(payload: Uint8Array): PeerRecord[] {
  const { bn = "", e } = JSON.parse(new TextDecoder().decode(payload)) as {
    bn?: string;
    e: { n?: string; v?: number; sv?: string; bv?: boolean }[];
  };
  return e.map(({ n = "", v, sv, bv }) => ({ path: bn + n, value: v ?? sv ?? bv }));
}

function encoded(
  as: number,
  path: string,
  found: readonly PeerRecord[],
  single: PeerValue | undefined,
): Uint8Array | undefined {
  switch (as) {
    case format.text:
      return single === undefined ? undefined : plainText(single);
    case format.opaque:
      return single instanceof Uint8Array ? single : undefined;
    case format.cbor:
      return single === undefined ? undefined : Uint8Array.from(cbor(single));
    case format.senmlJson:
      return senmlJson(found);
    case format.senmlCbor:
      return senmlCbor(found);
    case format.json:
      return Uint8Array.from(Buffer.from(JSON.stringify({ bn: "/", e: found.map(jsonEntry) })));
    case format.tlv:
      return Uint8Array.from(tlvOf(path.split("/").length - 1, found));
    default:
      return undefined;
  }
}

function jsonEntry({ path, value }: PeerRecord) {
  const n = path.slice(1);
  if (typeof value === "string") return { n, sv: value };
  if (typeof value === "boolean") return { n, bv: value };
  if (value instanceof Uint8Array) return { n, sv: Buffer.from(value).toString("base64") };
  if (typeof value === "object") return "float" in value ? { n, v: value.float } : { n, ov: value.link };
  return { n, v: value };
}

/** Records below a path of `depth` identifiers: an object as instances, everything deeper as resources. */
function tlvOf(depth: number, found: readonly PeerRecord[]): number[] {
  const groups = (level: number, list: readonly PeerRecord[]) =>
    Map.groupBy(list, ({ path }) => Number(path.split("/")[level]));
  const resources = (list: readonly PeerRecord[]) =>
    [...groups(3, list)].flatMap(([id, values]) => {
      const isMultiple = values[0]!.path.split("/").length > 4;
      if (!isMultiple) return tlv(3, id, rawBytes(values[0]!.value!));
      const inner = values.flatMap(({ path, value }) => tlv(1, Number(path.split("/")[4]), rawBytes(value!)));
      return depth === 4 ? inner : tlv(2, id, inner);
    });
  if (depth > 1) return resources(found);
  return [...groups(2, found)].flatMap(([id, list]) => tlv(0, id, resources(list)));
}

/** A server and one client that is about to register, on a network in memory. */
export async function etsWorld(
  client: ConstructorParameters<typeof EtsClient>[1] = {},
  server: Parameters<typeof TestWorld.started>[0] = {},
) {
  const world = await TestWorld.started(server);
  const peer = new EtsClient(world, client);
  return { world, client: peer, server: world.server, settle: <T>(promise: Promise<T>) => world.settle(promise) };
}

/** The same, registered. */
export async function registeredClient(...options: Parameters<typeof etsWorld>) {
  const all = await etsWorld(...options);
  const answer = await all.settle(all.client.register());
  if (answer !== "2.01") throw new Error(`the Register was answered ${answer}`);
  return all;
}
