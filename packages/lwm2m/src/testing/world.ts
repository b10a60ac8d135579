import { formatCode } from "@lamplighter/coap/code";
import {
  CoapEndpoint,
  type EndpointLoad,
  type IncomingRequest,
  type OutgoingResponse,
  type ResponseOutcome,
  type Trace,
} from "@lamplighter/coap/endpoint";
import type { Address, DatagramPort } from "@lamplighter/runtime/datagram";
import { type Duration, milliseconds, seconds } from "@lamplighter/runtime/duration";
import { seeded } from "@lamplighter/runtime/random";
import { FakeClock } from "@lamplighter/simulation/fake-clock";
import { fakeNetwork } from "@lamplighter/simulation/fake-network";
import { MemoryRegistrationStore } from "../memory-registration-store.ts";
import { knownObjects } from "../models/known-objects.ts";
import type { RegistrationStore } from "../registration-store.ts";
import { Lwm2mServer, type Lwm2mServerOptions, type ServerEvent } from "../server.ts";
import { utf8 } from "./bytes.ts";

export const serverAddress = "192.0.2.1:5683";
const models = knownObjects();

/** A server and scripted devices on a network in memory, with a clock that the test turns. */
export class TestWorld {
  readonly clock = new FakeClock();
  readonly random = seeded(7);
  readonly network = fakeNetwork(this.clock, this.random, {
    loss: 0,
    duplication: 0,
    delayMax: milliseconds(4),
  });
  readonly store: RegistrationStore;
  readonly events: ServerEvent[] = [];
  server: Lwm2mServer;
  #endpoint: CoapEndpoint;
  readonly #options: Partial<Lwm2mServerOptions>;

  constructor(options: Partial<Lwm2mServerOptions> = {}) {
    this.store = options.store ?? new MemoryRegistrationStore();
    this.#options = options;
    [this.#endpoint, this.server] = this.#boot();
  }

  static async started(options: Partial<Lwm2mServerOptions> = {}): Promise<TestWorld> {
    const world = new TestWorld(options);
    await world.server.start();
    return world;
  }

  /** The server goes away, cleanly or as if killed, and another one comes up on the same store and address. */
  async restart({ clean = true } = {}): Promise<void> {
    if (clean) {
      await this.server.stop();
      this.#endpoint.close();
    }
    this.network.unbind(serverAddress);
    [this.#endpoint, this.server] = this.#boot();
    await this.server.start();
  }

  /** What the server's endpoint keeps. */
  get load(): EndpointLoad {
    return this.#endpoint.load;
  }

  /** Sets what hears the datagrams of the server's endpoint. */
  readonly tap = (trace: Trace | undefined) => this.#endpoint.onTrace(trace);

  device(address: Address = "192.0.2.7:5683"): ScriptedDevice {
    return new ScriptedDevice(this, address);
  }

  /** Turns the clock until a promise is settled. */
  async settle<T>(promise: Promise<T>, within: Duration = seconds(400)): Promise<T> {
    let settled = false;
    const mark = () => {
      settled = true;
    };
    promise.then(mark, mark);
    await microtasks();
    for (let elapsed = 0; !settled && elapsed < within; elapsed += 20) {
      this.clock.advance(milliseconds(20));
      await microtasks();
    }
    if (!settled) throw new Error("still not settled");
    return promise;
  }

  /** Lets time pass, and everything happen that happens in it. */
  async pass(span: Duration): Promise<void> {
    const step = Math.max(20, span / 50);
    for (let elapsed = 0; elapsed < span; elapsed += step) {
      this.clock.advance(milliseconds(Math.min(step, span - elapsed)));
      await microtasks();
    }
  }

  kinds(): string[] {
    return this.events.map(({ kind }) => kind);
  }

  #boot(): [CoapEndpoint, Lwm2mServer] {
    const { clock, random, store } = this;
    const endpoint = new CoapEndpoint({ port: this.network.bind(serverAddress), clock, random });
    const server = new Lwm2mServer({
      enrol: () => "accept",
      ...this.#options,
      endpoint,
      clock,
      random,
      store,
      models: this.#options.models ?? models,
      onEvent: (event) => {
        this.events.push(event);
        this.#options.onEvent?.(event);
      },
    });
    return [endpoint, server];
  }
}

type Script = (request: IncomingRequest) => OutgoingResponse | undefined;

/** A device that does what its test tells it to. Requests to it are listed; those without a script are answered 4.04. */
export class ScriptedDevice {
  /** For datagrams that its endpoint would not send. */
  readonly port: DatagramPort;
  readonly endpoint: CoapEndpoint;
  readonly requests: IncomingRequest[] = [];
  location: readonly string[] = [];
  readonly #world: TestWorld;
  readonly #scripts = new Map<string, Script>();

  constructor(world: TestWorld, address: Address) {
    this.#world = world;
    const { clock, random, network } = world;
    this.port = network.bind(address);
    this.endpoint = new CoapEndpoint({ port: this.port, clock, random });
    this.endpoint.onRequest((request) => {
      this.requests.push(request);
      const script = this.#scripts.get(`${methods[request.method]} /${request.path.join("/")}`);
      const response = script ? script(request) : { code: 0x84 };
      if (response) request.respond(response);
    });
  }

  /** Sets the answer to a request like `GET /3/0/3`. A script that returns nothing answers itself, or never. */
  on(request: string, script: Script | OutgoingResponse): this {
    this.#scripts.set(request, typeof script === "function" ? script : () => script);
    return this;
  }

  /** What was asked of it: `GET /3/0/3 accept 0`. */
  asked(): string[] {
    return this.requests.map(({ method, path, accept }) =>
      [methods[method], `/${path.join("/")}`, ...(accept === undefined ? [] : [`accept ${accept}`])].join(" "),
    );
  }

  async send(
    method: number,
    path: readonly string[],
    options: { query?: readonly string[]; payload?: string; contentFormat?: number } = {},
  ): Promise<ResponseOutcome & { readonly answer: string }> {
    const { query = [], payload, contentFormat } = options;
    const outcome = await this.#world.settle(
      new Promise<ResponseOutcome>((resolve, reject) => {
        const content = payload === undefined ? {} : { payload: utf8(payload) };
        const format = contentFormat === undefined ? {} : { contentFormat };
        this.endpoint.request({ peer: serverAddress, method, path, query, ...content, ...format }, (ended) =>
          ended.kind === "response" ? resolve(ended) : reject(new Error(ended.kind)),
        );
      }),
    );
    return { ...outcome, answer: formatCode(outcome.code) };
  }

  async register({
    endpoint = "light-1",
    query = ["lt=300", "lwm2m=1.1", "b=U"],
    objects = "</1/0>,</3/0>,</5/0>",
  } = {}): Promise<string> {
    const outcome = await this.send(0x02, ["rd"], {
      query: [`ep=${endpoint}`, ...query],
      payload: objects,
      contentFormat: 40,
    });
    const location = outcome.options.filter(({ number }) => number === 8);
    if (location.length > 0) this.location = location.map(({ value }) => new TextDecoder().decode(value));
    return outcome.answer;
  }

  async update(query: readonly string[] = [], objects?: string): Promise<string> {
    const content = objects === undefined ? {} : { payload: objects, contentFormat: 40 };
    return (await this.send(0x02, this.location, { query, ...content })).answer;
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

/** Lets chains of resolved promises run out. The longest in this package is far shorter. */
async function microtasks(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await Promise.resolve();
}

/** A store whose answers wait until the test gives them. */
export class HeldStore extends MemoryRegistrationStore {
  readonly calls: string[] = [];
  readonly #held: ((error?: Error) => void)[] = [];
  isHolding = true;

  override save(...[registration, done]: Parameters<RegistrationStore["save"]>): void {
    this.calls.push("save");
    this.#hold((error) => (error ? done(error) : super.save(registration, done)));
  }

  override remove(...[id, done]: Parameters<RegistrationStore["remove"]>): void {
    this.calls.push("remove");
    this.#hold((error) => (error ? done(error) : super.remove(id, done)));
  }

  override refresh(...refresh: Parameters<RegistrationStore["refresh"]>): void {
    this.calls.push("refresh");
    super.refresh(...refresh);
  }

  get held(): number {
    return this.#held.length;
  }

  /** Answers the oldest call. */
  answer(error?: Error): void {
    this.#held.shift()?.(error);
  }

  #hold(proceed: (error?: Error) => void): void {
    if (this.isHolding) this.#held.push(proceed);
    else proceed();
  }
}
