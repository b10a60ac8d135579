import type { Cancel, Clock } from "@lamplighter/runtime/clock";
import type { Duration } from "@lamplighter/runtime/duration";

interface Alarm {
  readonly at: number;
  readonly wake: () => void;
}

/** A clock that stands still until moved. Alarms due at one instant fire in the order set. */
export class FakeClock implements Clock {
  readonly #epoch = Date.UTC(2030, 0, 1);
  readonly #alarms = new Set<Alarm>();
  #elapsed = 0;

  monotonic(): number {
    return this.#elapsed;
  }

  now(): Date {
    return new Date(this.#epoch + this.#elapsed);
  }

  after(delay: Duration, wake: () => void): Cancel {
    const alarm = { at: this.#elapsed + delay, wake };
    this.#alarms.add(alarm);
    return () => this.#alarms.delete(alarm);
  }

  /** Moves time forward, firing every alarm on the way at exactly its own instant. */
  advance(span: Duration): void {
    const end = this.#elapsed + span;
    for (let alarm = this.#nextBy(end); alarm; alarm = this.#nextBy(end)) {
      this.#alarms.delete(alarm);
      this.#elapsed = alarm.at;
      alarm.wake();
    }
    this.#elapsed = end;
  }

  #nextBy(end: number): Alarm | undefined {
    let next: Alarm | undefined;
    for (const alarm of this.#alarms) {
      if (alarm.at <= end && (!next || alarm.at < next.at)) next = alarm;
    }
    return next;
  }
}
