import type { Cancel, Clock } from "@lamplighter/runtime/clock";
import type { Duration } from "@lamplighter/runtime/duration";

interface Alarm {
  readonly at: number;
  /** Breaks ties: alarms of one instant ring in the order set. */
  readonly order: number;
  wake: (() => void) | undefined;
}

/** Alarms that may ring at one instant. Beyond, one sets itself again for no time at all, and the clock throws instead of standing still for ever. */
const alarmsPerInstantMax = 1_000_000;

/**
 * A clock that stands still until moved. Alarms due at one instant fire in the order set.
 *
 * A binary heap, so a hundred thousand alarms are fast; a cancelled alarm stays in it, empty, until its time comes or
 * half of the heap is empty.
 */
export class FakeClock implements Clock {
  readonly #epoch: number;
  readonly #heap: Alarm[] = [];
  #elapsed = 0;
  #rungNow = 0;
  #orders = 0;
  #cancelled = 0;

  /** `epoch` is the wall-clock time at the start, in ms; the first second of 2030 unless given. */
  constructor(epoch: number = Date.UTC(2030, 0, 1)) {
    this.#epoch = epoch;
  }

  /** How many alarms are set. */
  get pending(): number {
    return this.#heap.length - this.#cancelled;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  now(): Date {
    return new Date(this.#epoch + this.#elapsed);
  }

  after(delay: Duration, wake: () => void): Cancel {
    const alarm: Alarm = { at: this.#elapsed + Math.max(0, delay), order: this.#orders++, wake };
    this.#push(alarm);
    return () => {
      if (!alarm.wake) return;
      alarm.wake = undefined;
      this.#cancelled++;
      if (this.#cancelled > 64 && this.#cancelled > this.#heap.length / 2) this.#sweep();
    };
  }

  /** Moves time forward, firing every alarm on the way at exactly its own instant. */
  advance(span: Duration): void {
    const end = this.#elapsed + span;
    while (this.#fireNextBy(end)) {
      // Each firing may set further alarms, which the next turn of the loop sees.
    }
    this.#elapsed = end;
  }

  /** Moves to the next alarm and fires it. False when none is set, or none rings within the span. */
  step(within: number = Number.POSITIVE_INFINITY): boolean {
    return this.#fireNextBy(this.#elapsed + within);
  }

  #fireNextBy(end: number): boolean {
    for (let top = this.#heap[0]; top && top.at <= end; top = this.#heap[0]) {
      this.#pop();
      const { wake } = top;
      if (!wake) {
        this.#cancelled--;
        continue;
      }
      // A later cancel of an alarm that has rung must not be counted.
      top.wake = undefined;
      this.#rungNow = top.at > this.#elapsed ? 0 : this.#rungNow + 1;
      if (this.#rungNow > alarmsPerInstantMax) throw new Error(`alarms without end at ${top.at} ms`);
      this.#elapsed = top.at;
      wake();
      return true;
    }
    return false;
  }

  #sweep(): void {
    const kept = this.#heap.filter((alarm) => alarm.wake);
    this.#heap.length = 0;
    this.#cancelled = 0;
    for (const alarm of kept) this.#push(alarm);
  }

  #push(alarm: Alarm): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(alarm);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!rings(alarm, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = alarm;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && rings(heap[child + 1]!, heap[child]!)) child++;
      if (!rings(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}

/** Whether `a` rings before `b`. */
const rings = (a: Alarm, b: Alarm): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);
