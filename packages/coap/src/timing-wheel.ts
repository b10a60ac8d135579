import type { Cancel, Clock } from "@lamplighter/runtime/clock";
import { milliseconds } from "@lamplighter/runtime/duration";

/** The wheel's resolution. An alarm rings up to this much late, never early. */
export const tickMilliseconds = 8;

/**
 * An instant that is this much of a tick short of one counts as on it. Sums of fractions of a millisecond are not exact: the
 * clock may wake us a hair before the tick that we asked for, and would then be asked for no time at all, over and over.
 */
const rounding = 1e-4;

const slotBits = 6;
const slotsPerLevel = 1 << slotBits;
const levels = 4; // 64 ticks, then 64 times as far per level: 0.5 s, 33 s, 35 min, 37 h. Longer delays are re-set on the way.

/**
 * Something that wakes at a time. One belongs to one owner for all its life and may be set again and again, so that a
 * retransmission timer costs no allocation.
 */
export class Alarm {
  readonly wake: () => void;
  /** The wheel's own: when to ring in ticks, and the neighbours in the slot. */
  dueTick = 0;
  slot = -1;
  previous: Alarm | undefined = undefined;
  following: Alarm | undefined = undefined;

  constructor(wake: () => void) {
    this.wake = wake;
  }

  get isSet(): boolean {
    return this.slot >= 0;
  }
}

/**
 * Thousands of alarms over one timer of the {@link Clock}.
 *
 * A hierarchical wheel: setting and clearing take constant time, and the clock is asked only for the next slot that
 * holds something, so an idle wheel costs nothing. Alarms of one tick ring in the order set, except that those set long
 * ahead may ring before those set late.
 */
export class TimingWheel {
  readonly #clock: Clock;
  readonly #heads: (Alarm | undefined)[] = new Array(levels * slotsPerLevel).fill(undefined);
  readonly #tails: (Alarm | undefined)[] = new Array(levels * slotsPerLevel).fill(undefined);
  readonly #origin: number;
  /** Every tick up to and including this one has rung. */
  #tick = 0;
  #size = 0;
  #armed: Cancel | undefined;
  #armedTick = Number.POSITIVE_INFINITY;
  #turning = false;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#origin = clock.monotonic();
  }

  get size(): number {
    return this.#size;
  }

  /** Sets the alarm to ring `delay` ms from `now` (a reading of the clock's monotonic time), instead of when it was set to before. */
  set(alarm: Alarm, delay: number, now: number = this.#clock.monotonic()): void {
    if (alarm.slot >= 0) this.#unlink(alarm);
    // An empty wheel has nothing to catch up with, so it may jump to the present.
    if (this.#size === 0 && !this.#turning) this.#tick = Math.max(this.#tick, this.#tickAt(now));
    alarm.dueTick = Math.max(this.#tick + 1, Math.ceil((now + delay - this.#origin) / tickMilliseconds));
    this.#link(alarm);
    if (!this.#turning) this.#arm(alarm.slot < slotsPerLevel ? alarm.dueTick : this.#slotStart(alarm.slot));
  }

  clear(alarm: Alarm): void {
    if (alarm.slot >= 0) this.#unlink(alarm);
  }

  /** Clears every alarm; none of them rings. */
  clearAll(): void {
    for (let slot = 0; slot < this.#heads.length; slot++) {
      for (let alarm = this.#heads[slot]; alarm; alarm = this.#heads[slot]) this.#unlink(alarm);
    }
    this.#armed?.();
    this.#armed = undefined;
    this.#armedTick = Number.POSITIVE_INFINITY;
  }

  #tickAt(now: number): number {
    return Math.floor((now - this.#origin) / tickMilliseconds + rounding);
  }

  #link(alarm: Alarm): void {
    const ahead = alarm.dueTick - this.#tick;
    let level = 0;
    while (level < levels - 1 && ahead >= 1 << (slotBits * (level + 1))) level++;
    // Beyond the last level: waits in its farthest slot and is placed anew from there.
    const horizon = 2 ** (slotBits * levels) - 2 ** (slotBits * (levels - 1));
    const place = this.#tick + Math.min(ahead, horizon);
    const slot = level * slotsPerLevel + (Math.floor(place / 2 ** (slotBits * level)) & (slotsPerLevel - 1));
    const tail = this.#tails[slot];
    alarm.slot = slot;
    alarm.previous = tail;
    alarm.following = undefined;
    if (tail) tail.following = alarm;
    else this.#heads[slot] = alarm;
    this.#tails[slot] = alarm;
    this.#size++;
  }

  #unlink(alarm: Alarm): void {
    const { previous, following, slot } = alarm;
    if (previous) previous.following = following;
    else this.#heads[slot] = following;
    if (following) following.previous = previous;
    else this.#tails[slot] = previous;
    alarm.previous = undefined;
    alarm.following = undefined;
    alarm.slot = -1;
    this.#size--;
  }

  /** The tick at which a slot of a higher level must be spread over the levels below. */
  #slotStart(slot: number): number {
    const level = slot >> slotBits;
    const span = 2 ** (slotBits * level);
    const current = Math.floor(this.#tick / span);
    const ahead = ((slot & (slotsPerLevel - 1)) - current) & (slotsPerLevel - 1);
    return (current + (ahead === 0 ? slotsPerLevel : ahead)) * span;
  }

  /** The next tick with something to do, whether an alarm or a slot to spread. */
  #nextTick(): number {
    let next = Number.POSITIVE_INFINITY;
    for (let level = 0; level < levels; level++) {
      const span = 2 ** (slotBits * level);
      const current = Math.floor(this.#tick / span);
      for (let ahead = 1; ahead <= slotsPerLevel; ahead++) {
        const start = (current + ahead) * span;
        if (start >= next) break;
        if (this.#heads[level * slotsPerLevel + ((current + ahead) & (slotsPerLevel - 1))]) {
          next = start;
          break;
        }
      }
    }
    return next;
  }

  #arm(tick: number): void {
    if (tick >= this.#armedTick) return;
    this.#armed?.();
    this.#armedTick = tick;
    const delay = this.#origin + tick * tickMilliseconds - this.#clock.monotonic();
    this.#armed = this.#clock.after(milliseconds(Math.max(0, delay)), this.#turn);
  }

  readonly #turn = (): void => {
    this.#armed = undefined;
    this.#armedTick = Number.POSITIVE_INFINITY;
    const present = this.#tickAt(this.#clock.monotonic());
    this.#turning = true;
    try {
      for (let tick = this.#nextTick(); tick <= present; tick = this.#nextTick()) this.#ring(tick);
    } finally {
      this.#turning = false;
      const next = this.#nextTick();
      if (next !== Number.POSITIVE_INFINITY) this.#arm(next);
    }
  };

  #ring(tick: number): void {
    this.#tick = tick;
    // From the highest level down, so that what falls out of one level finds the next not yet emptied.
    for (let level = levels - 1; level > 0; level--) {
      const span = 2 ** (slotBits * level);
      if (tick % span !== 0) continue;
      const slot = level * slotsPerLevel + ((tick / span) & (slotsPerLevel - 1));
      // Detached first: an alarm from beyond the horizon may land in this very slot again.
      let alarm = this.#heads[slot];
      this.#heads[slot] = undefined;
      this.#tails[slot] = undefined;
      while (alarm) {
        const following: Alarm | undefined = alarm.following;
        this.#size--;
        this.#link(alarm);
        alarm = following;
      }
    }
    const slot = tick & (slotsPerLevel - 1);
    for (let alarm = this.#heads[slot]; alarm; alarm = this.#heads[slot]) {
      this.#unlink(alarm);
      alarm.wake();
    }
  }
}
