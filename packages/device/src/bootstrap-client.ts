import { GET, isSuccess, POST, UNAUTHORIZED } from "@lamplighter/coap/code";
import { contentFormat } from "@lamplighter/coap/content-format";
import type { CoapEndpoint, IncomingRequest, RequestOutcome } from "@lamplighter/coap/endpoint";
import type { Cancel } from "@lamplighter/runtime/clock";
import type { Address } from "@lamplighter/runtime/datagram";
import { type Duration, seconds } from "@lamplighter/runtime/duration";
import { type Accounts, bootstrapAccountOf } from "./accounts.ts";
import { adoptPack, answerBootstrap } from "./bootstrap-answers.ts";

interface BootstrapClientOptions {
  readonly endpoint: CoapEndpoint;
  readonly bootstrapServer: Address;
  /** The endpoint client name. */
  readonly name: string;
  /** Ask for everything at once first, as LwM2M 1.2 allows. */
  readonly asksForPack: boolean;
  /** The content format that it prefers to be written to in. */
  readonly preferredFormat: number;
  /** What the light holds now. */
  readonly accounts: () => Accounts;
  readonly after: (about: Duration, wake: () => void) => Cancel;
  /** The bootstrap was finished; these are the accounts to live with. */
  readonly onFinished: (accounts: Accounts) => void;
  /** The bootstrap server refused, was silent (its outcome), or left the light alone half-way (none). */
  readonly onFailed: (outcome?: RequestOutcome) => void;
}

/** A light gives up when the Finish has not come after this long (OMA TS Core 1.1 §6.1: EXCHANGE_LIFETIME). */
const patience = seconds(247);

/**
 * Gets a light its accounts from a bootstrap server: asks for them, does what it is told, and adopts the whole once the
 * Finish came and all fits together. Whatever goes wrong before leaves the light as it was.
 */
export class BootstrapClient {
  readonly #options: BootstrapClientOptions;
  #draft: Accounts | undefined;
  #cancel: Cancel = () => {};

  constructor(options: BootstrapClientOptions) {
    this.#options = options;
  }

  get server(): Address {
    return this.#options.bootstrapServer;
  }

  /** Asks for accounts: for a pack, if the light is one that does, and if nothing comes of that by a Bootstrap-Request. */
  request(): void {
    const { endpoint, bootstrapServer, name, accounts, asksForPack, onFinished } = this.#options;
    if (!asksForPack) return this.#request();
    const instance = bootstrapAccountOf(accounts())?.instance;
    const query = [`ep=${name}`, ...(instance === undefined ? [] : [`acc=${instance}`])];
    const pack = { peer: bootstrapServer, method: GET, path: ["bspack"], query, accept: contentFormat.senmlCbor };
    endpoint.request(pack, (outcome) => {
      // The light lost its power, or was switched off.
      if (outcome.kind === "cancelled") return;
      const isPack = outcome.kind === "response" && isSuccess(outcome.code);
      const adopted = isPack && adoptPack(outcome.payload, outcome.contentFormat, accounts());
      if (adopted) onFinished(adopted);
      else this.#request();
    });
  }

  #request(): void {
    const { endpoint, bootstrapServer, name, accounts, after, preferredFormat } = this.#options;
    this.#cancel();
    // Some servers begin before their answer arrives, so what comes from now on is part of it.
    this.#draft = accounts();
    this.#cancel = after(patience, () => this.#fail());
    const request = {
      peer: bootstrapServer,
      method: POST,
      path: ["bs"],
      query: [`ep=${name}`, `pct=${preferredFormat}`],
    };
    endpoint.request(request, (outcome) => {
      if (outcome.kind === "cancelled") return;
      if (outcome.kind !== "response" || !isSuccess(outcome.code)) this.#fail(outcome);
    });
  }

  /** Answers a request of the bootstrap server. One that nobody asked for is not allowed (4.01). */
  answer(request: IncomingRequest): void {
    if (!this.#draft) return request.respond({ code: UNAUTHORIZED });
    const { response, accounts, isFinished } = answerBootstrap(request, this.#draft);
    this.#draft = accounts;
    if (!isFinished) return request.respond(response);
    this.#cancel();
    this.#draft = undefined;
    request.respond(response, () => this.#options.onFinished(accounts));
  }

  #fail(outcome?: RequestOutcome): void {
    if (!this.#draft) return;
    this.#draft = undefined;
    this.#cancel();
    this.#options.onFailed(outcome);
  }
}
