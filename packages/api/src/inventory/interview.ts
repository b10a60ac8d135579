import type { Registration } from "@lamplighter/lwm2m/registration";
import type { Lwm2mServer } from "@lamplighter/lwm2m/server";
import type { Log } from "@lamplighter/runtime/log";

/** Lights asked at once. More would only queue in the radio network. */
export const interviewsAtOnceMax = 16;
/** Lights that wait for their turn. Beyond, a light is asked when it registers the next time. */
export const interviewsWaitingMax = 200_000;

type Asked = Pick<Lwm2mServer, "find" | "read" | "setDesiredObservations">;

/**
 * Asks each light that registered who it is and how it stands, and to tell when that changes. The answers come as values
 * to whoever listens to the server; here is only decided what is asked, and how many at once.
 */
export class Interviewer {
  readonly #server: Asked;
  readonly #log: Log;
  readonly #waiting = new Set<string>();
  #running = 0;
  #stopped = false;

  constructor(options: { server: Asked; log: Log }) {
    this.#server = options.server;
    this.#log = options.log;
  }

  /** Puts a light into the line, once. */
  ask(endpoint: string): void {
    if (this.#waiting.size >= interviewsWaitingMax) return;
    this.#waiting.add(endpoint);
    this.#next();
  }

  stop(): void {
    this.#stopped = true;
    this.#waiting.clear();
  }

  #next(): void {
    while (this.#running < interviewsAtOnceMax && !this.#stopped) {
      const first = this.#waiting.values().next();
      if (first.done) return;
      this.#waiting.delete(first.value);
      this.#running++;
      void this.#interview(first.value)
        .catch((error: unknown) => {
          this.#log.error("A light could not be asked about itself.", { endpoint: first.value, error: String(error) });
        })
        .finally(() => {
          this.#running--;
          this.#next();
        });
    }
  }

  async #interview(endpoint: string): Promise<void> {
    for (const path of questionsFor(this.#server.find(endpoint))) {
      const outcome = await this.#server.read(endpoint, path);
      // A light that does not answer now is not asked more; it registers again when it is back.
      if (outcome.kind !== "ok" && outcome.kind !== "error" && outcome.kind !== "malformed") return;
      if (this.#stopped) return;
    }
    this.#server.setDesiredObservations(endpoint, desiredFor(this.#server.find(endpoint)));
  }
}

/** What is read of a light, given the objects it has: who it is, where it is, its cell and its lamp. */
export function questionsFor(registration: Registration | undefined): string[] {
  const one = first(registration, [3, 6, 4, 3416]).map(({ object, instance }) =>
    object === 4 ? `/4/${instance}/8` : `/${object}/${instance}`,
  );
  return [...one, ...softwareOf(registration).map((instance) => `/9/${instance}`)];
}

/** What a light shall tell of by itself: its lamp's level and failure, how a firmware update stands, and its software. */
export function desiredFor(registration: Registration | undefined): string[] {
  const one = first(registration, [3416, 5]).flatMap(({ object, instance }) => [
    `/${object}/${instance}/3`,
    `/${object}/${instance}/5`,
  ]);
  const software = softwareOf(registration).flatMap((instance) => [7, 9, 12].map((each) => `/9/${instance}/${each}`));
  return [...one, ...software];
}

/** Pieces of software of a light that are asked after; more are read when somebody looks at them. */
const softwareMax = 4;

function softwareOf(registration: Registration | undefined): readonly number[] {
  const instances = registration?.objects.find(({ object }) => object === 9)?.instances ?? [];
  return instances.toSorted((a, b) => a - b).slice(0, softwareMax);
}

function first(registration: Registration | undefined, wanted: readonly number[]) {
  return wanted.flatMap((object) => {
    const instances = registration?.objects.find((candidate) => candidate.object === object)?.instances ?? [];
    return instances.length === 0 ? [] : [{ object, instance: Math.min(...instances) }];
  });
}
