import { DELETE, isSuccess, POST } from "@lamplighter/coap/code";
import { contentFormat } from "@lamplighter/coap/content-format";
import type { CoapEndpoint, RequestOutcome } from "@lamplighter/coap/endpoint";
import { findOption, option, readText, readUint } from "@lamplighter/coap/option";
import type { Cancel } from "@lamplighter/runtime/clock";
import type { Address } from "@lamplighter/runtime/datagram";
import { type Duration, milliseconds, minutes, seconds } from "@lamplighter/runtime/duration";
import type { LightLwm2mVersion } from "./observe-attributes.ts";

interface ServerLinkOptions {
  readonly endpoint: CoapEndpoint;
  readonly server: Address;
  /** The endpoint client name. */
  readonly name: string;
  /** The LwM2M that the light speaks. */
  readonly version: LightLwm2mVersion;
  /** The object list, in link format. Read again before each Update, for a server may create and delete instances. */
  readonly objects: () => string;
  /** Seconds; 0 never ends. Read again before each Update, for a server may write it. */
  readonly lifetime: () => number;
  /** Wakes after about this long, unless the light loses its power. */
  readonly after: (about: Duration, wake: () => void) => Cancel;
  /** It sleeps between its Updates, and sends one this often: queue mode (OMA TS Core 1.1 §6.5). */
  readonly wakesEvery?: Duration | undefined;
  readonly onRegistered: () => void;
  /** A Register was refused, or was not answered. */
  readonly onFailed?: (outcome: RequestOutcome) => void;
  /** A Register came to no answer at all, which an Update without one may have gone before. */
  readonly onSilence?: () => void;
  /** What to do when this many Registers in a row came to nothing; without it the light tries for ever. */
  readonly fallBack?: { readonly attempts: number; readonly begin: () => void } | undefined;
}

/** Pause before a light that was refused or not heard asks again. A server that names a Max-Age is obeyed, up to a bound. */
const retryPause = seconds(5);
const retryPauseMax = minutes(2);
/** Updates are never sent more often than this, however short the lifetime. */
const updatePeriodMin = seconds(5);

/**
 * Keeps a light registered from one power-up to the next: Register, Update before half of the lifetime is over, Register
 * again when the server has forgotten it, De-register at the end (OMA TS Core 1.1 §6.2).
 */
export class ServerLink {
  readonly #options: ServerLinkOptions;
  #location: readonly string[] | undefined;
  #lifetimeAnnounced = 0;
  #objectsAnnounced = "";
  #failures = 0;
  #cancelUpdate: Cancel = () => {};

  constructor(options: ServerLinkOptions) {
    this.#options = options;
  }

  get isRegistered(): boolean {
    return this.#location !== undefined;
  }

  register(): void {
    const { name, version, objects, lifetime, after, wakesEvery, onRegistered } = this.#options;
    this.#cancelUpdate();
    this.#location = undefined;
    this.#lifetimeAnnounced = lifetime();
    this.#objectsAnnounced = objects();
    this.#request(
      {
        method: POST,
        path: ["rd"],
        query: [`ep=${name}`, `lt=${this.#lifetimeAnnounced}`, `lwm2m=${version}`, "b=U", ...(wakesEvery ? ["Q"] : [])],
        contentFormat: contentFormat.link,
        payload: new TextEncoder().encode(this.#objectsAnnounced),
      },
      (outcome) => {
        if (outcome.kind !== "response" || !isSuccess(outcome.code)) {
          this.#options.onFailed?.(outcome);
          if (outcome.kind === "timed-out") this.#options.onSilence?.();
          const { fallBack } = this.#options;
          if (fallBack && ++this.#failures >= fallBack.attempts) return fallBack.begin();
          after(pauseAfter(outcome), () => this.register());
          return;
        }
        this.#failures = 0;
        this.#location = outcome.options
          .filter(({ number }) => number === option.locationPath)
          .map(({ value }) => readText(value) ?? "");
        onRegistered();
        this.#scheduleUpdate();
      },
    );
  }

  /** Renews the registration now; says the lifetime and the object list if they are others than the server knows. */
  update(): void {
    const location = this.#location;
    if (!location) return;
    this.#cancelUpdate();
    const lifetime = this.#options.lifetime();
    const query = lifetime === this.#lifetimeAnnounced ? {} : { query: [`lt=${lifetime}`] };
    const objects = this.#options.objects();
    const isSameList = objects === this.#objectsAnnounced;
    const content = { contentFormat: contentFormat.link, payload: new TextEncoder().encode(objects) };
    this.#request({ method: POST, path: location, ...query, ...(!isSameList && content) }, (outcome) => {
      if (outcome.kind !== "response" || !isSuccess(outcome.code)) return this.register();
      this.#lifetimeAnnounced = lifetime;
      this.#objectsAnnounced = objects;
      this.#scheduleUpdate();
    });
  }

  /** Renews the registration if the lifetime or the object list was changed since the server was told. */
  updateIfChanged(): void {
    const { lifetime, objects } = this.#options;
    if (lifetime() !== this.#lifetimeAnnounced || objects() !== this.#objectsAnnounced) this.update();
  }

  /** Tells values of its own accord; the code of the answer, or nothing when there was none. */
  send(
    content: { readonly contentFormat: number; readonly payload: Uint8Array },
    done: (code: number | undefined) => void,
  ): void {
    this.#request({ method: POST, path: ["dp"], ...content }, (outcome) =>
      done(outcome.kind === "response" ? outcome.code : undefined),
    );
  }

  /** Says goodbye; `done` is called when the server has answered, or will not. */
  deregister(done: () => void): void {
    const location = this.#location;
    this.#location = undefined;
    if (!location) return done();
    this.#request({ method: DELETE, path: location }, done);
  }

  #scheduleUpdate(): void {
    this.#cancelUpdate();
    const { wakesEvery } = this.#options;
    const lifetime = this.#options.lifetime();
    // A lifetime of 0 never ends, so there is nothing to renew.
    if (lifetime <= 0 && !wakesEvery) return;
    const renewal = lifetime > 0 ? seconds(lifetime * 0.45) : Number.POSITIVE_INFINITY;
    const period = milliseconds(Math.max(Math.min(renewal, wakesEvery ?? renewal), updatePeriodMin));
    this.#cancelUpdate = this.#options.after(period, () => this.update());
  }

  #request(
    request: Omit<Parameters<CoapEndpoint["request"]>[0], "peer">,
    done: (outcome: RequestOutcome) => void,
  ): void {
    const { endpoint, server } = this.#options;
    endpoint.request({ ...request, peer: server }, done);
  }
}

/** How long to wait after a Register that came to nothing. */
function pauseAfter(outcome: RequestOutcome): Duration {
  const maxAge = outcome.kind === "response" ? findOption(outcome.options, option.maxAge) : undefined;
  const asked = maxAge && readUint(maxAge);
  return asked ? milliseconds(Math.min(seconds(asked), retryPauseMax)) : retryPause;
}
