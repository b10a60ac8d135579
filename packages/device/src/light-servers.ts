import { formatCode } from "@lamplighter/coap/code";
import { contentFormat } from "@lamplighter/coap/content-format";
import type { CoapEndpoint, IncomingRequest, RequestOutcome } from "@lamplighter/coap/endpoint";
import type { Cancel } from "@lamplighter/runtime/clock";
import { type Duration, scale, seconds } from "@lamplighter/runtime/duration";
import type { Random } from "@lamplighter/runtime/random";
import { type Accounts, bootstrapAccountOf, proofsOf, type ServerAccount, serverAccountsOf } from "./accounts.ts";
import { BootstrapClient } from "./bootstrap-client.ts";
import type { LightLwm2mVersion } from "./observe-attributes.ts";
import type { SecureLinks } from "./secure-links.ts";
import { ServerLink } from "./server-link.ts";

interface LightServersOptions {
  readonly accounts: Accounts;
  readonly links: SecureLinks;
  /** The endpoint client name. */
  readonly name: string;
  readonly version: LightLwm2mVersion;
  readonly random: Random;
  /** How it asks its bootstrap server; see the light's options. */
  readonly bootstrap?: { readonly asksForPack?: boolean; readonly preferredFormat?: number } | undefined;
  readonly wakesEvery?: Duration | undefined;
  /** The object list, where the light's account is that instance of object 1. */
  readonly objects: (accountInstance: number) => string;
  readonly lifetime: () => number;
  /** Wakes then, unless the light loses its power. */
  readonly after: (delay: Duration, wake: () => void) => Cancel;
  /** A bootstrap was finished: this account is the first from now on. */
  readonly onAdopted: (account: ServerAccount) => void;
  readonly onRegistered: () => void;
}

/** Registers that come to nothing before a light turns to its next server, and then to its bootstrap server. */
const registersMax = 2;
/** Pause before a light without any server asks its bootstrap server again. */
const bootstrapPause = seconds(60);
/** Pause before a light that has no bootstrap server turns to its first server again. */
const serversPause = seconds(30);

/**
 * Whom a light turns to: its server accounts one after the other, and when all are silent its bootstrap server, which
 * brings it others (OMA TS Core 1.1 §6.1.2). Accounts, with their keys, survive without power; everything else does not.
 */
export class LightServers {
  readonly #options: LightServersOptions;
  #accounts: Accounts;
  #endpoint: CoapEndpoint | undefined;
  #link: ServerLink | undefined;
  #bootstrap: BootstrapClient | undefined;
  #isBootstrapping = false;
  #refusal: string | undefined;
  #account: Pick<ServerAccount, "shortServerId" | "instance" | "proof"> = { shortServerId: 1, instance: 0 };

  constructor(options: LightServersOptions) {
    this.#options = options;
    this.#accounts = options.accounts;
  }

  /** The server that the light speaks with, or tries to. */
  get account(): { readonly shortServerId: number; readonly instance: number } {
    return this.#account;
  }

  get link(): ServerLink | undefined {
    return this.#link;
  }

  get isBootstrapping(): boolean {
    return this.#isBootstrapping;
  }

  /** Why it is registered nowhere, as far as it was told: `bootstrap refused (4.00)`. */
  get refusal(): string | undefined {
    return this.#refusal;
  }

  get canBootstrap(): boolean {
    return this.#bootstrap !== undefined;
  }

  /** Whether it speaks DTLS with its server, or, while it has none, with its bootstrap server. */
  get isSecure(): boolean {
    const servers = serverAccountsOf(this.#accounts);
    const [place] = servers.length > 0 ? servers : [bootstrapAccountOf(this.#accounts)];
    return place?.proof !== undefined;
  }

  /** The light has power: it registers, or asks for accounts. */
  connect(endpoint: CoapEndpoint): void {
    this.#endpoint = endpoint;
    this.#options.links.protect(proofsOf(this.#accounts));
    this.#turnTo(0);
  }

  /** The light is without power, or is being switched off. */
  forget(): void {
    this.#endpoint = undefined;
    this.#link = undefined;
    this.#bootstrap = undefined;
    this.#isBootstrapping = false;
  }

  /** Answers a request if it is one of the bootstrap server's. */
  answers(request: IncomingRequest): boolean {
    if (!this.#bootstrap || request.peer !== this.#bootstrap.server) return false;
    this.#bootstrap.answer(request);
    return true;
  }

  /** The server told the light to bootstrap (OMA TS Core 1.1 §6.1.4.4): it says goodbye first. */
  leaveForBootstrap(): void {
    const link = this.#link;
    this.#isBootstrapping = true;
    // The answer to the Execute gets a moment to arrive: a goodbye that overtook it would make it look undelivered.
    this.#options.after(seconds(1), () => link?.deregister(() => this.#askForAccounts()));
  }

  #turnTo(choice: number): void {
    const endpoint = this.#endpoint;
    if (!endpoint) return;
    const { links, name, version, objects, lifetime, wakesEvery } = this.#options;
    const bootstrap = bootstrapAccountOf(this.#accounts);
    const servers = serverAccountsOf(this.#accounts);
    const server = servers[choice];
    this.#isBootstrapping = false;
    this.#bootstrap ??= bootstrap && this.#bootstrapClient(endpoint, bootstrap.address);
    if (!server) return this.#askForAccounts();
    this.#account = server;
    this.#link = new ServerLink({
      ...{ endpoint, server: server.address, name, version, lifetime, wakesEvery },
      onRegistered: () => {
        this.#refusal = undefined;
        this.#options.onRegistered();
      },
      onFailed: (outcome) => {
        this.#refusal = refusalOf("register", outcome);
      },
      objects: () => objects(server.instance),
      after: (about, wake) => this.#after(about, wake),
      onSilence: () => links.renew(server.address),
      fallBack:
        servers.length > 1 || bootstrap ? { attempts: registersMax, begin: () => this.#turnTo(choice + 1) } : undefined,
    });
    this.#link.register();
  }

  #askForAccounts(): void {
    this.#link = undefined;
    if (!this.#bootstrap) {
      // Nobody else to turn to: the servers that there are, once more.
      if (serverAccountsOf(this.#accounts).length > 0) this.#after(serversPause, () => this.#turnTo(0));
      return;
    }
    this.#isBootstrapping = true;
    this.#bootstrap.request();
  }

  #bootstrapClient(endpoint: CoapEndpoint, bootstrapServer: string): BootstrapClient {
    const { bootstrap, links, name, after, onAdopted } = this.#options;
    return new BootstrapClient({
      ...{ endpoint, bootstrapServer, name, after },
      asksForPack: bootstrap?.asksForPack ?? false,
      preferredFormat: bootstrap?.preferredFormat ?? contentFormat.tlv,
      accounts: () => this.#accounts,
      onFinished: (accounts) => {
        this.#accounts = accounts;
        links.protect(proofsOf(accounts));
        const [first] = serverAccountsOf(accounts);
        if (first) onAdopted(first);
        this.#bootstrap = undefined;
        this.#turnTo(0);
      },
      onFailed: (outcome) => {
        this.#refusal = refusalOf("bootstrap", outcome);
        // A connection over which nothing came back may be one that the bootstrap server has forgotten.
        links.renew(bootstrapServer);
        if (serverAccountsOf(this.#accounts).length > 0) this.#turnTo(0);
        else this.#after(bootstrapPause, () => this.#askForAccounts());
      },
    });
  }

  /** Not all lights at the same moment. */
  #after(about: Duration, wake: () => void): Cancel {
    const { after, random } = this.#options;
    return after(scale(about, 0.8 + random.next() * 0.4), wake);
  }
}

function refusalOf(verb: "register" | "bootstrap", outcome: RequestOutcome | undefined): string {
  if (outcome?.kind === "response") return `${verb} refused (${formatCode(outcome.code)})`;
  return `${verb} not ${outcome ? "answered" : "finished"}`;
}
