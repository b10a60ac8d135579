import type { CoapEndpoint } from "@lamplighter/coap/endpoint";
import { Alarm, TimingWheel } from "@lamplighter/coap/timing-wheel";
import type { Cancel, Clock } from "@lamplighter/runtime/clock";
import type { Address } from "@lamplighter/runtime/datagram";
import type { BootstrapFormat } from "./configuration.ts";
import { answerOf, bootstrapTimeMax, requestOf } from "./messages.ts";
import {
  type BootstrapEffect,
  type BootstrapEvent,
  type BootstrapSession,
  beginBootstrap,
  nextBootstrap,
} from "./session.ts";
import type { BootstrapRecord, BootstrapTrigger, ChosenConfiguration } from "./store.ts";

/** A bootstrap to be led: of whom, with what, and in which format. */
export interface BootstrapStart {
  readonly endpoint: string;
  readonly address: Address;
  readonly chosen: ChosenConfiguration;
  readonly trigger: BootstrapTrigger;
  readonly format: BootstrapFormat;
}

/** A bootstrap under way. Nothing is sent before {@link BootstrapRuns.answered} is called for it. */
export interface BootstrapRun {
  readonly endpoint: string;
  readonly address: Address;
  readonly trigger: BootstrapTrigger;
  readonly chosen: ChosenConfiguration;
  readonly startedAt: number;
  readonly deadline: Alarm;
  session: BootstrapSession;
  cancel: Cancel;
}

/**
 * Leads devices through their configurations, each step when the one before it was answered; see {@link nextBootstrap}.
 * One bootstrap per endpoint name: a newer one ends the older. Each ends within {@link bootstrapTimeMax}.
 */
export class BootstrapRuns {
  readonly #endpoint: CoapEndpoint;
  readonly #clock: Clock;
  readonly #onEnded: (record: BootstrapRecord) => void;
  readonly #wheel: TimingWheel;
  readonly #running = new Map<string, BootstrapRun>();

  constructor(options: {
    readonly endpoint: CoapEndpoint;
    readonly clock: Clock;
    /** Called once for each run. */
    readonly onEnded: (record: BootstrapRecord) => void;
  }) {
    this.#endpoint = options.endpoint;
    this.#clock = options.clock;
    this.#onEnded = options.onEnded;
    this.#wheel = new TimingWheel(options.clock);
  }

  get size(): number {
    return this.#running.size;
  }

  find(endpoint: string): BootstrapRun | undefined {
    return this.#running.get(endpoint);
  }

  begin({ endpoint, address, chosen, trigger, format }: BootstrapStart): BootstrapRun {
    this.end(endpoint);
    const run: BootstrapRun = {
      ...{ endpoint, address, chosen, trigger },
      startedAt: this.#clock.now().getTime(),
      deadline: new Alarm(() => {
        this.#turn(run, { kind: "deadline" });
        run.cancel();
      }),
      session: beginBootstrap(chosen.configuration, format),
      cancel: () => {},
    };
    this.#running.set(endpoint, run);
    this.#wheel.set(run.deadline, bootstrapTimeMax);
    return run;
  }

  /** The device has the answer to its request, or is spoken to without one: the first step is sent. */
  answered(run: BootstrapRun): void {
    this.#turn(run, { kind: "answered" });
  }

  /** Ends what is under way for a device, for it asked for something newer. */
  end(endpoint: string): void {
    const run = this.#running.get(endpoint);
    if (!run) return;
    this.#turn(run, { kind: "replaced" });
    run.cancel();
  }

  stop(): void {
    for (const run of [...this.#running.values()]) {
      this.#turn(run, { kind: "stopped" });
      run.cancel();
    }
    this.#wheel.clearAll();
  }

  #turn(run: BootstrapRun, event: BootstrapEvent): void {
    if (run.session.phase === "ended") return;
    const at = this.#clock.now().getTime();
    const { session, effects } = nextBootstrap(run.session, event, at);
    run.session = session;
    for (const effect of effects) this.#send(run, effect);
    if (session.outcome === undefined) return;
    this.#wheel.clear(run.deadline);
    if (this.#running.get(run.endpoint) === run) this.#running.delete(run.endpoint);
    const { endpoint, address, trigger, chosen, startedAt } = run;
    this.#onEnded({
      ...{ endpoint, address, trigger, startedAt, endedAt: at, outcome: session.outcome, steps: session.steps },
      configurationId: chosen.id,
      configurationName: chosen.name,
    });
  }

  #send(run: BootstrapRun, { operation, format }: BootstrapEffect): void {
    const request = { peer: run.address, ...requestOf(operation, format) };
    run.cancel = this.#endpoint.request(request, (outcome) => {
      this.#turn(run, { kind: "answer", answer: answerOf(outcome) });
    });
  }
}
