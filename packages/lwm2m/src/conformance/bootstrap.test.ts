import { CoapEndpoint, type IncomingRequest, type OutgoingResponse } from "@lamplighter/coap/endpoint";
import { seconds } from "@lamplighter/runtime/duration";
import { expect } from "vitest";
import type { BootstrapConfiguration } from "../bootstrap/configuration.ts";
import { MemoryBootstrapStore } from "../bootstrap/memory-store.ts";
import { BootstrapServer } from "../bootstrap/server.ts";
import { chosenOf } from "../testing/bootstrap.ts";
import { ets } from "../testing/ets.ts";
import { format } from "../testing/ets-client.ts";
import {
  fromRaw,
  type PeerRecord,
  type PeerValue,
  rawBytes,
  readSenmlCbor,
  readSenmlJson,
  readTlv,
  type Tlv,
  tlv,
} from "../testing/peer-encoding.ts";
import { serverAddress, TestWorld } from "../testing/world.ts";

const bootstrapAddress = "192.0.2.2:5783";
/** Bootstrap-Request Trigger. */
const triggerPath = "1/0/9";
const link = (text: string) => ({
  code: 0x45,
  contentFormat: format.link,
  payload: Uint8Array.from(Buffer.from(text)),
});

/** What stands at a resource of the accounts, by example. */
function like(path: string): PeerValue {
  const [, object, , resource] = path.split("/");
  if (object === "0")
    return ["0"].includes(resource!)
      ? ""
      : resource === "1"
        ? true
        : ["3", "4", "5"].includes(resource!)
          ? new Uint8Array()
          : 0;
  if (object === "1") return resource === "6" ? true : resource === "7" ? "" : 0;
  return 0;
}

/**
 * A client with nothing but a bootstrap account, in Security instance 1 as the suite's C.13 has it. It keeps what it is
 * given, judges it when the server says that it is done, and registers with the server that it was told of.
 */
class BootstrapClient {
  readonly tree = new Map<string, PeerValue>([
    ["/0/1/0", `coap://${bootstrapAddress}`],
    ["/0/1/1", true],
    ["/0/1/2", 3],
    ["/3/0/0", "Open Mobile Alliance"],
  ]);
  readonly asked: string[] = [];
  readonly #endpoint: CoapEndpoint;
  registered: string | undefined;

  constructor(world: TestWorld) {
    const { clock, random, network } = world;
    this.#endpoint = new CoapEndpoint({ port: network.bind("192.0.2.7:5683"), clock, random });
    this.#endpoint.onRequest((request) => {
      const response = this.#answer(request);
      const shown = `${["", "GET", "POST", "PUT", "DELETE"][request.method]} /${request.path.join("/")}`;
      this.asked.push(`${shown} ${response.code >> 5}.${String(response.code & 31).padStart(2, "0")}`);
      request.respond(response, () => {
        if (request.path[0] === "bs" && response.code === 0x44) this.register();
        if (request.path.join("/") === triggerPath) void this.#send(bootstrapAddress, ["bs"], ["ep=light-1"]);
      });
    });
  }

  bootstrap(world: TestWorld): Promise<string> {
    return world.settle(this.#send(bootstrapAddress, ["bs"], ["ep=light-1"]));
  }

  /** Asks for everything at once, keeps it, and registers. The answer's code. */
  pack(world: TestWorld): Promise<string> {
    const request = {
      peer: bootstrapAddress,
      method: 1,
      path: ["bspack"],
      query: ["ep=light-1", "acc=1"],
      accept: format.senmlCbor,
    };
    return world.settle(
      new Promise((resolve) => {
        this.#endpoint.request(request, (outcome) => {
          if (outcome.kind !== "response") return resolve(outcome.kind);
          if (outcome.code === 0x45) {
            for (const { path, value } of readSenmlCbor(outcome.payload)) {
              if (value !== undefined) this.tree.set(path, value);
            }
            this.register();
          }
          resolve(`${outcome.code >> 5}.${String(outcome.code & 31).padStart(2, "0")}`);
        });
      }),
    );
  }

  /** Registers with the first server that it has an account for. */
  register(): void {
    const uri = [...this.tree]
      .find(([path, value]) => /^\/0\/\d+\/1$/.test(path) && value === false)?.[0]
      .replace(/1$/, "0");
    const server = uri === undefined ? "192.0.2.250:5683" : String(this.tree.get(uri)).replace("coap://", "");
    const lifetime = [...this.tree].find(([path]) => /^\/1\/\d+\/1$/.test(path))?.[1];
    this.registered = undefined;
    void this.#send(server, ["rd"], ["ep=light-1", "lwm2m=1.1", `lt=${lifetime}`], "</1/0>,</3/0>").then((code) => {
      this.registered = code;
    });
  }

  #send(peer: string, path: readonly string[], query: readonly string[], payload?: string): Promise<string> {
    return new Promise((resolve) => {
      const content =
        payload === undefined ? {} : { payload: Uint8Array.from(Buffer.from(payload)), contentFormat: format.link };
      this.#endpoint.request({ peer, method: 2, path, query, ...content }, (outcome) =>
        resolve(
          outcome.kind === "response"
            ? `${outcome.code >> 5}.${String(outcome.code & 31).padStart(2, "0")}`
            : outcome.kind,
        ),
      );
    });
  }

  #answer({ method, path, accept, contentFormat, payload }: IncomingRequest): OutgoingResponse {
    const at = `/${path.join("/")}`;
    if (method === 2 && at === "/bs") return { code: this.#isConsistent() ? 0x44 : 0x86 };
    if (method === 2 && path.join("/") === triggerPath) return { code: 0x44 };
    if (method === 1 && accept === format.link) return link(this.#links());
    if (method === 1) return this.#read(at);
    if (method === 4) return this.#delete(at);
    if (method !== 3) return { code: 0x85 };
    const records =
      contentFormat === format.senmlCbor
        ? readSenmlCbor(payload)
        : contentFormat === format.senmlJson
          ? readSenmlJson(payload)
          : readTlv(payload).flatMap((one) => recordsOf(at, one));
    for (const { path: place, value } of records) if (value !== undefined) this.tree.set(place, value);
    return { code: records.length > 0 ? 0x44 : 0x80 };
  }

  /** A server account needs its address and its id in both objects, and a lifetime (OMA TS Core 1.1 §6.1.7.6). */
  #isConsistent(): boolean {
    const securities = [...this.tree].filter(([path]) => /^\/0\/\d+\/10$/.test(path)).map(([, id]) => id);
    const servers = [...this.tree].filter(([path]) => /^\/1\/\d+\/0$/.test(path)).map(([, id]) => id);
    const lifetimes = [...this.tree.keys()].filter((path) => /^\/1\/\d+\/1$/.test(path)).length;
    return servers.length > 0 && servers.every((id) => securities.includes(id)) && lifetimes === servers.length;
  }

  #links(): string {
    const instances = [...new Set([...this.tree.keys()].map((path) => path.split("/").slice(0, 3).join("/")))].sort();
    const links = instances.map((path) => {
      const ssid = path.startsWith("/0/")
        ? this.tree.get(`${path}/10`)
        : path.startsWith("/1/")
          ? this.tree.get(`${path}/0`)
          : undefined;
      return `<${path}>${ssid === undefined ? "" : `;ssid=${ssid}`}`;
    });
    return ['</>;lwm2m="1.1"', ...links].join();
  }

  #read(at: string): OutgoingResponse {
    if (at !== "/1" && at !== "/2") return { code: 0x81 };
    const instances = Map.groupBy(
      [...this.tree].filter(([path]) => path.startsWith(`${at}/`)),
      ([path]) => Number(path.split("/")[2]),
    );
    const payload = [...instances].flatMap(([id, values]) =>
      tlv(
        0,
        id,
        [...Map.groupBy(values, ([path]) => Number(path.split("/")[3]))].flatMap(([resource, list]) =>
          list[0]![0].split("/").length > 4
            ? tlv(
                2,
                resource,
                list.flatMap(([path, value]) => tlv(1, Number(path.split("/")[4]), rawBytes(value))),
              )
            : tlv(3, resource, rawBytes(list[0]![1])),
        ),
      ),
    );
    return { code: 0x45, contentFormat: format.tlv, payload: Uint8Array.from(payload) };
  }

  #delete(at: string): OutgoingResponse {
    for (const path of [...this.tree.keys()]) {
      const isKept = path.startsWith("/0/1/") || path.startsWith("/3/");
      if (!isKept && (at === "/" || path === at || path.startsWith(`${at}/`))) this.tree.delete(path);
    }
    return { code: 0x42 };
  }
}

function recordsOf(at: string, { kind, id, value }: Tlv): PeerRecord[] {
  if (kind === 0) return readTlv(value).flatMap((one) => recordsOf(`/${at.split("/")[1]}/${id}`, one));
  const path = `${at}/${id}`;
  if (kind === 2) return readTlv(value).flatMap((one) => recordsOf(path, one));
  return [{ path, value: fromRaw(value, like(path)) }];
}

async function bootstrapWorld(configuration: Partial<BootstrapConfiguration> = {}) {
  const world = await TestWorld.started();
  const store = new MemoryBootstrapStore();
  store.byDefault = chosenOf(configuration);
  const { clock, random, network } = world;
  const endpoint = new CoapEndpoint({ port: network.bind(bootstrapAddress), clock, random });
  const bootstrap = new BootstrapServer({ endpoint, clock, store });
  return { world, store, bootstrap, client: new BootstrapClient(world) };
}

const account = {
  security: [
    { uri: `coap://${serverAddress}`, isBootstrapServer: false, credentials: { mode: "no-sec" }, shortServerId: 1 },
  ],
} as const;

ets("1.1-int-0", async () => {
  const { world, client, store } = await bootstrapWorld(account);
  expect(await client.bootstrap(world)).toBe("2.04");
  await world.pass(seconds(10));
  expect(client.asked.every((line) => /2\.0[245]$/.test(line))).toBe(true);
  expect(client.asked.filter((line) => line.startsWith("PUT"))).toEqual(["PUT /0/0 2.04", "PUT /1/0 2.04"]);
  expect(client.asked).toContain("GET / 2.05");
  expect(client.asked.at(-1)).toBe("POST /bs 2.04");
  expect(client.tree.get("/0/0/10")).toBe(1);
  expect([0, 1, 6, 7].map((id) => client.tree.get(`/1/0/${id}`))).toEqual([1, 86_400, false, "U"]);
  expect(store.records.map(({ outcome }) => outcome)).toEqual(["finished"]);
  expect(client.registered).toBe("2.01");
  expect(world.server.find("light-1")).toBeDefined();
});

ets("1.1-int-4", async () => {
  const { world, client } = await bootstrapWorld({ ...account, deletions: ["/0", "/1"] });
  client.tree.set("/0/0/10", 7).set("/0/0/1", false).set("/1/3/0", 7).set("/1/3/1", 60);
  expect(await client.bootstrap(world)).toBe("2.04");
  await world.pass(seconds(10));
  expect(client.asked.filter((line) => line.startsWith("DELETE"))).toEqual(["DELETE /0 2.02", "DELETE /1 2.02"]);
  expect(client.tree.has("/1/3/0")).toBe(false);
  // Its own account outlives everything.
  expect(client.tree.get("/0/1/1")).toBe(true);
  expect(client.registered).toBe("2.01");
});

ets("1.1-int-5", async () => {
  const { world, client, store } = await bootstrapWorld(account);
  await client.bootstrap(world);
  await world.pass(seconds(10));
  expect(client.registered).toBe("2.01");
  const before = world.server.find("light-1")?.id;
  client.asked.length = 0;
  expect(await world.settle(world.server.execute("light-1", "/1/0/9"))).toMatchObject({ kind: "ok" });
  await world.pass(seconds(10));
  expect(client.asked[0]).toBe("POST /1/0/9 2.04");
  expect(client.asked.filter((line) => line.startsWith("PUT"))).toEqual(["PUT /0/0 2.04", "PUT /1/0 2.04"]);
  expect(client.asked.at(-1)).toBe("POST /bs 2.04");
  expect(store.records.map(({ outcome }) => outcome)).toEqual(["finished", "finished"]);
  expect(client.registered).toBe("2.01");
  expect(world.server.find("light-1")?.id).not.toBe(before);
});

ets("1.1-int-7", async () => {
  const { world, client } = await bootstrapWorld(account);
  client.tree
    .set("/0/0/0", "coap://192.0.2.99:5683")
    .set("/0/0/1", false)
    .set("/0/0/10", 1)
    .set("/1/0/0", 1)
    .set("/1/0/1", 60);
  client.register();
  await world.pass(seconds(200));
  expect(client.registered).toBe("timed-out");
  expect(await client.bootstrap(world)).toBe("2.04");
  await world.pass(seconds(10));
  expect(client.registered).toBe("2.01");
});

ets("1.1-int-8", async () => {
  const accessControl = [{ object: 3, instance: 0, rights: [{ shortServerId: 0, rights: 31 }], owner: 65_535 }];
  const { world, client, store } = await bootstrapWorld({ ...account, accessControl });
  expect(await client.bootstrap(world)).toBe("2.04");
  await world.pass(seconds(10));
  expect(client.asked.filter((line) => /^GET \/[12]/.test(line))).toEqual(["GET /1 2.05", "GET /2 2.05"]);
  expect(["/2/0/0", "/2/0/1", "/2/0/2/0"].map((path) => client.tree.get(path))).toEqual([3, 0, 31]);
  expect(store.records.at(-1)?.outcome).toBe("finished");
});

ets("1.1-int-9", async () => {
  // A server account without the address that belongs to it: the client is right to refuse.
  const { world, client, store } = await bootstrapWorld({ security: [], deletions: [] });
  expect(await client.bootstrap(world)).toBe("2.04");
  await world.pass(seconds(10));
  expect(client.asked.at(-1)).toBe("POST /bs 4.06");
  expect(store.records.at(-1)?.outcome).not.toBe("finished");
  expect(store.records.at(-1)?.steps.at(-1)).toMatchObject({ operation: "finish", code: "4.06" });
});

ets("1.2-int-12", async () => {
  const { world, client, store } = await bootstrapWorld(account);
  expect(await client.pack(world)).toBe("2.05");
  await world.pass(seconds(5));
  // What came in the pack is a server account of its own beside the bootstrap account, and leads to that server.
  expect([...client.tree.entries()].some(([path, value]) => /^\/0\/[02-9]\d*\/10$/.test(path) && value === 1)).toBe(
    true,
  );
  expect(client.tree.get("/0/1/1")).toBe(true);
  expect(client.asked).toEqual([]);
  expect(store.records.at(-1)).toMatchObject({ trigger: "pack", outcome: "packed" });
  expect(client.registered).toBe("2.01");
});
