import type { Clock } from "@lamplighter/runtime/clock";
import { hours, milliseconds } from "@lamplighter/runtime/duration";
import { seeded } from "@lamplighter/runtime/random";
import { FakeClock } from "@lamplighter/simulation/fake-clock";
import { expect, test } from "vitest";
import { Alarm, TimingWheel, tickMilliseconds } from "./timing-wheel.ts";

test("every alarm rings once, not early and less than a tick late, whatever its delay", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = seeded(seed);
    const clock = new FakeClock();
    const wheel = new TimingWheel(clock);
    const rung: number[] = [];
    let late = 0;
    for (let index = 0; index < 300; index++) {
      // From one tick to beyond the horizon of the wheel.
      const delay = Math.floor(10 ** (random.next() * 8.5));
      const due = clock.monotonic() + delay;
      wheel.set(
        new Alarm(() => {
          const over = clock.monotonic() - due;
          if (over < 0 || over > tickMilliseconds) late++;
          rung.push(index);
        }),
        delay,
      );
      clock.advance(milliseconds(Math.floor(random.next() * 700)));
    }
    clock.advance(hours(24 * 8));
    expect(late, `seed ${seed}`).toBe(0);
    expect(rung.length, `seed ${seed}`).toBe(300);
    expect(wheel.size).toBe(0);
  }
});

test.each([
  // Where the sum of a start and whole ticks loses its last bits: past a power of two.
  { start: 1_008.3258528494117, since: 21.28021553787908, tick: 14 },
  { start: 113.45594817707065, since: 14.789816633230322, tick: 5 },
  { start: 32_729.335370764504, since: 7.343392154763323, tick: 12 },
])(
  "a clock that rings a hair before the tick is asked for it once, not over and over: %j",
  ({ start, since, tick }) => {
    const clock = new FakeClock();
    clock.advance(milliseconds(start));
    let asked = 0;
    const counting: Clock = {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      after(delay, wake) {
        if (++asked > 50) throw new Error("asked over and over");
        return clock.after(delay, wake);
      },
    };
    const wheel = new TimingWheel(counting);
    clock.advance(milliseconds(since));
    let rung = 0;
    wheel.set(new Alarm(() => rung++), tick * tickMilliseconds - since - 3);
    clock.advance(milliseconds(1_000));
    expect([rung, asked]).toEqual([1, 1]);
  },
);

test("an alarm set again rings at its new time only, and a cleared one not at all", () => {
  const clock = new FakeClock();
  const wheel = new TimingWheel(clock);
  const rung: string[] = [];
  const moved = new Alarm(() => rung.push(`moved ${clock.monotonic()}`));
  const cleared = new Alarm(() => rung.push("cleared"));
  wheel.set(moved, 1_000);
  wheel.set(cleared, 1_000);
  clock.advance(milliseconds(500));
  wheel.set(moved, 1_500);
  wheel.clear(cleared);
  clock.advance(milliseconds(5_000));
  expect(rung).toEqual(["moved 2000"]);
});

test("alarms may set and clear each other while they ring", () => {
  const clock = new FakeClock();
  const wheel = new TimingWheel(clock);
  const rung: string[] = [];
  const victim = new Alarm(() => rung.push("victim"));
  const again: Alarm = new Alarm(() => {
    rung.push(`again ${clock.monotonic()}`);
    wheel.clear(victim);
    if (rung.length < 3) wheel.set(again, 80);
  });
  wheel.set(again, 80);
  wheel.set(victim, 80);
  clock.advance(milliseconds(1_000));
  expect(rung).toEqual(["again 80", "again 160", "again 240"]);
});

test("the clock is asked only for ticks that hold something", () => {
  const clock = new FakeClock();
  const wheel = new TimingWheel(clock);
  for (let index = 0; index < 1_000; index++) wheel.set(new Alarm(() => {}), 247_000);
  expect(clock.pending).toBe(1);
  let wakings = 0;
  while (clock.step()) wakings++;
  expect(wakings).toBeLessThan(5);
});
