import type { LiveEvent } from "../views.ts";

export interface Numbered {
  readonly seq: number;
  readonly event: LiveEvent;
}

/**
 * The last things that happened, numbered, so that a tab whose connection dropped can go on where it stopped.
 *
 * Bounded: beyond `eventsMax` the oldest is forgotten, and whoever still needed it is told that it missed something.
 */
export class EventRing {
  readonly #eventsMax: number;
  readonly #events: (Numbered | undefined)[];
  #next = 1;
  #oldest = 1;

  constructor(eventsMax: number) {
    this.#eventsMax = eventsMax;
    this.#events = new Array(eventsMax);
  }

  /** The number of the newest event; 0 before the first. */
  get newest(): number {
    return this.#next - 1;
  }

  push(event: LiveEvent): void {
    this.#events[this.#next % this.#eventsMax] = { seq: this.#next, event };
    this.#next++;
    this.#oldest = Math.max(this.#oldest, this.#next - this.#eventsMax);
  }

  /** Drops everything held: whoever comes back for it has missed it. */
  forget(): void {
    this.#events.fill(undefined);
    // A gap in the numbers, so that even the one who saw the newest event knows that others may have followed unseen.
    this.#next++;
    this.#oldest = this.#next;
  }

  /** The event after `seq`; `"missed"` when it is no longer held, undefined when there is none yet. */
  after(seq: number): Numbered | "missed" | undefined {
    if (seq >= this.#next) return "missed";
    if (seq + 1 < this.#oldest) return "missed";
    return seq + 1 < this.#next ? this.#events[(seq + 1) % this.#eventsMax] : undefined;
  }
}
