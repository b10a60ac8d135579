import { formatCode, GET, POST } from "@lamplighter/coap/code";
import {
  CoapEndpoint,
  type IncomingRequest,
  type OutgoingResponse,
  type RequestOutcome,
  type Trace,
} from "@lamplighter/coap/endpoint";
import { type Duration, milliseconds } from "@lamplighter/runtime/duration";
import { seeded } from "@lamplighter/runtime/random";
import { FakeClock } from "@lamplighter/simulation/fake-clock";
import { fakeNetwork } from "@lamplighter/simulation/fake-network";
import type { BootstrapConfiguration } from "../bootstrap/configuration.ts";
import { MemoryBootstrapStore } from "../bootstrap/memory-store.ts";
import { BootstrapServer, type BootstrapServerEvent, type BootstrapServerOptions } from "../bootstrap/server.ts";
import { chosenOf } from "./bootstrap.ts";
import { utf8 } from "./bytes.ts";

const bootstrapAddress = "192.0.2.2:5783";

/** A bootstrap server and scripted clients on a network in memory, with a clock that the test turns. */
export class BootstrapWorld {
  readonly clock = new FakeClock();
  readonly random = seeded(7);
  readonly network = fakeNetwork(this.clock, this.random, { loss: 0, duplication: 0, delayMax: milliseconds(4) });
  readonly store = new MemoryBootstrapStore();
  readonly events: BootstrapServerEvent[] = [];
  readonly server: BootstrapServer;
  /** Sets what hears the datagrams of the server's endpoint. */
  readonly tap: (trace: Trace | undefined) => void;

  constructor(
    configuration: Partial<BootstrapConfiguration> | undefined = {},
    options: Pick<BootstrapServerOptions, "givesPacks" | "onEvent"> = {},
  ) {
    if (configuration) this.store.byDefault = chosenOf(configuration);
    const { clock, random, network, store } = this;
    const endpoint = new CoapEndpoint({ port: network.bind(bootstrapAddress), clock, random });
    this.tap = (trace) => endpoint.onTrace(trace);
    this.server = new BootstrapServer({
      ...options,
      endpoint,
      clock,
      store,
      onEvent: (event) => {
        this.events.push(event);
        options.onEvent?.(event);
      },
    });
  }

  client(address = "192.0.2.7:5683"): ScriptedClient {
    return new ScriptedClient(this, address);
  }

  /** Lets time pass, with everything that happens in it. */
  async pass(span: Duration): Promise<void> {
    for (let elapsed = 0; elapsed < span; elapsed += 20) {
      this.clock.advance(milliseconds(20));
      for (let turn = 0; turn < 8; turn++) await Promise.resolve();
    }
  }

  get outcomes(): string[] {
    return this.store.records.map(({ outcome }) => outcome);
  }
}

type Script = (request: IncomingRequest) => OutgoingResponse | undefined;

/** A client that answers as a good one does, except where its test says otherwise. Everything asked of it is listed. */
export class ScriptedClient {
  readonly endpoint: CoapEndpoint;
  readonly requests: IncomingRequest[] = [];
  readonly #world: BootstrapWorld;
  readonly #scripts = new Map<string, Script>();

  constructor(world: BootstrapWorld, address: string) {
    this.#world = world;
    const { clock, random, network } = world;
    this.endpoint = new CoapEndpoint({ port: network.bind(address), clock, random });
    this.endpoint.onRequest((request) => {
      this.requests.push(request);
      const name = nameOf(request);
      const response = this.#scripts.has(name) ? this.#scripts.get(name)?.(request) : usualAnswer(request);
      if (response) request.respond(response);
    });
  }

  /** Sets the answer to a request like `PUT /0/0`. A script that returns nothing leaves it unanswered. */
  on(request: string, script: Script | OutgoingResponse): this {
    this.#scripts.set(request, typeof script === "function" ? script : () => script);
    return this;
  }

  /** What was asked of it, in order: `PUT /0/0`. */
  get asked(): string[] {
    return this.requests.map(nameOf);
  }

  /** Sends a Bootstrap-Request and leaves time for everything that follows. */
  async bootstrap(query: readonly string[] = ["ep=light-1"], within: Duration = milliseconds(400)): Promise<string> {
    const outcome = this.send({ method: POST, path: ["bs"], query });
    await this.#world.pass(within);
    return outcome().answer;
  }

  /** Sends a Bootstrap-Pack-Request. */
  async pack(
    query: readonly string[],
    accept?: number,
  ): Promise<{ answer: string; payload: Uint8Array; format: number | undefined }> {
    const outcome = this.send({ method: GET, path: ["bspack"], query, ...(accept !== undefined && { accept }) });
    await this.#world.pass(milliseconds(400));
    return outcome();
  }

  send(request: { method: number; path: readonly string[]; query: readonly string[]; accept?: number }) {
    let ended: RequestOutcome | undefined;
    this.endpoint.request({ peer: bootstrapAddress, ...request }, (outcome) => {
      ended = outcome;
    });
    return () => ({
      answer: ended?.kind === "response" ? formatCode(ended.code) : (ended?.kind ?? "none"),
      payload: ended?.kind === "response" ? ended.payload : new Uint8Array(),
      format: ended?.kind === "response" ? ended.contentFormat : undefined,
    });
  }
}

function nameOf({ method, path }: IncomingRequest): string {
  return `${methods[method]} /${path.join("/")}`;
}

/** Its bootstrap account is in instance 1, as the specification's test configuration C.13 has it. */
function usualAnswer(request: IncomingRequest): OutgoingResponse {
  if (nameOf(request) === "GET /")
    return { code: 0x45, contentFormat: 40, payload: utf8('</>;lwm2m="1.1",</0/1>,</3/0>') };
  if (request.method === 1) return { code: 0x45, contentFormat: 11542, payload: new Uint8Array() };
  return { code: request.method === 4 ? 0x42 : 0x44 };
}

const methods: Readonly<Record<number, string>> = { 1: "GET", 2: "POST", 3: "PUT", 4: "DELETE" };
