import type { Clock } from "@lamplighter/runtime/clock";
import { seconds } from "@lamplighter/runtime/duration";
import type { Log } from "@lamplighter/runtime/log";

/** After this the process ends whatever still waits; the database takes care of what was not finished. */
const stopWithin = seconds(25);

/** Things to be ended, the youngest first: what was started last stands on what was started before it. */
export class Shutdown {
  readonly #steps: { name: string; stop: () => Promise<void> | void }[] = [];
  #running: Promise<void> | undefined;
  #starting: Promise<unknown> | undefined;
  #isAsked = false;
  #tellAsked = () => {};
  /** Resolves when somebody wants the end. What waits for something at the start waits for this as well. */
  readonly asked = new Promise<void>((resolve) => {
    this.#tellAsked = resolve;
  });

  /** What is being started is let come to its end before it is ended, so that nothing is left half-way. */
  hold(starting: Promise<unknown>): void {
    this.#starting = starting;
  }

  /** Adds what must be ended before everything that was added earlier. */
  add(name: string, stop: () => Promise<void> | void): void {
    this.#steps.push({ name, stop });
  }

  /** Ends everything, once. A step that fails does not keep the others from being ended. */
  run(log: Log): Promise<void> {
    this.#running ??= this.#stop(log);
    return this.#running;
  }

  /** Whether somebody wants the end. */
  readonly isAsked = (): boolean => this.#isAsked;

  async #stop(log: Log): Promise<void> {
    this.#isAsked = true;
    this.#tellAsked();
    await this.#starting?.catch(() => log.debug("The start did not succeed; what it made is ended."));
    for (const { name, stop } of this.#steps.reverse()) {
      try {
        await stop();
        log.debug(`Stopped: ${name}.`);
      } catch (error) {
        log.error(`The ${name} could not be stopped in order.`, { error: String(error) });
      }
    }
  }
}

/** One Ctrl-C reaches this process more than once: from the terminal, and from the launchers that hand it on. */
const sameWish = seconds(1);

/** Ends the process in order on SIGINT and SIGTERM; at once on a second wish, or when it takes too long. */
export function stopOnSignals(shutdown: Shutdown, { clock, log }: { clock: Clock; log: Log }): void {
  let askedAt: number | undefined;
  const stop = (signal: string) => {
    if (askedAt !== undefined) {
      if (clock.monotonic() - askedAt < sameWish) return;
      log.warn("Stopping at once.");
      process.exit(1);
    }
    askedAt = clock.monotonic();
    log.info("Stopping.", { signal });
    clock.after(stopWithin, () => {
      log.error("Stopping took too long; what is left is given up.");
      process.exit(1);
    });
    void shutdown.run(log).then(() => process.exit(0));
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
}
