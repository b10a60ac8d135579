import { CONTENT } from "@lamplighter/coap/code";
import { contentFormat } from "@lamplighter/coap/content-format";
import { type Duration, hours, milliseconds, minutes, seconds } from "@lamplighter/runtime/duration";
import { seeded } from "@lamplighter/runtime/random";
import { FakeClock } from "@lamplighter/simulation/fake-clock";
import { expect, test } from "vitest";
import { buildImage } from "./firmware-image.ts";
import { Observers } from "./observers.ts";
import { world } from "./testing/world.ts";

const image = buildImage({ version: "2.1.0", bytes: 8 * 1_024, seed: 7 });

test("an observer hears of every change, and of nothing else", () => {
  const { clock, put, observe } = world();
  const level = observe("/3416/0/3");
  const state = observe("/5/0/3");
  put("/3416/0/1", "40");
  put("/3416/0/1", "40");
  put("/3416/0/1", "70");
  clock.advance(minutes(60));
  expect(level.told).toEqual(["100", "40", "70"]);
  expect(state.told).toEqual(["0"]);
});

test("an observer follows a download", () => {
  const { push, execute, clock, observe } = world();
  const { told } = observe("/5/0/3");
  push(image);
  execute();
  clock.advance(seconds(1));
  expect(told).toEqual(["0", "1", "2", "3"]);
});

test("a reboot voids observations", () => {
  const { push, execute, clock, put, observe } = world();
  const { told } = observe("/3416/0/3");
  push(image);
  execute();
  clock.advance(minutes(1));
  put("/3416/0/1", "10");
  clock.advance(minutes(1));
  expect(told).toEqual(["100"]);
});

test("a reboot forgets attributes", () => {
  const { clock, execute, readText, attributes } = world();
  attributes("/3416/0/3", "pmin=30");
  expect(readText("/3416/0/3", contentFormat.link)).toBe("</3416/0/3>;pmin=30");
  execute("/3/0/4");
  clock.advance(minutes(1));
  expect(readText("/3416/0/3", contentFormat.link)).toBe("</3416/0/3>");
});

test("that time passes is no news", () => {
  const { clock, observe } = world();
  const { told } = observe("/6/0/5");
  clock.advance(hours(2));
  expect(told).toHaveLength(1);
});

test("pmin holds changes back, and the last one is told when it is over", () => {
  const { clock, put, observe, attributes } = world();
  expect(attributes("/3416/0/3", "pmin=30")).toBe("2.04");
  const { told } = observe("/3416/0/3");
  put("/3416/0/1", "40");
  put("/3416/0/1", "50");
  clock.advance(seconds(20));
  expect(told).toEqual(["100"]);
  clock.advance(seconds(11));
  expect(told).toEqual(["100", "50"]);
});

test("pmax tells the value again although nothing changed; unsetting it stops that", () => {
  const { clock, observe, attributes } = world();
  attributes("/3416", "pmax=60");
  const { told } = observe("/3416/0/3");
  clock.advance(seconds(185));
  expect(told).toEqual(["100", "100", "100", "100"]);
  expect(attributes("/3416", "pmax")).toBe("2.04");
  clock.advance(minutes(60));
  expect(told).toHaveLength(4);
});

test("the default periods of object 1 hold where none were set, and lower levels override higher ones", () => {
  const { clock, put, observe, attributes } = world();
  put("/1/0/3", "100");
  attributes("/3416/0", "pmax=1000");
  attributes("/3416/0/3", "pmax=10");
  const state = observe("/5/0/3");
  const level = observe("/3416/0/3");
  clock.advance(seconds(105));
  expect(state.told).toHaveLength(2);
  expect(level.told).toHaveLength(11);
});

test("a bound is told when it is crossed, in both directions, and not otherwise", () => {
  const { clock, put, observe, attributes } = world();
  expect(attributes("/3416/0/3", "gt=80", "lt=20")).toBe("2.04");
  const { told } = observe("/3416/0/3");
  for (const level of [90, 50, 40, 10, 5, 30, 95]) {
    put("/3416/0/1", String(level));
    clock.advance(seconds(1));
  }
  expect(told).toEqual(["100", "50", "10", "30", "95"]);
});

test("a step counts from the value told last", () => {
  const { clock, put, observe, attributes } = world();
  attributes("/3416/0/3", "st=10");
  const { told } = observe("/3416/0/3");
  for (const level of [95, 91, 90, 85]) {
    put("/3416/0/1", String(level));
    clock.advance(seconds(1));
  }
  expect(told).toEqual(["100", "90"]);
});

test.each([["pmin=-1"], ["pmin=1.5"], ["colour=red"], ["pmin=10", "pmin=20"], ["gt=5", "lt=10"], ["pmin"]])(
  "the attributes %s, %s",
  (...query) => {
    const { attributes } = world();
    expect(attributes("/3416/0/3", ...query.filter((each) => each !== undefined))).toBe(
      query[0] === "pmin" ? "2.04" : "4.00",
    );
  },
);

test("attributes of nothing are not found", () => {
  expect(world().attributes("/3416/0/999", "pmin=1")).toBe("4.04");
});

test("a cancelled observation is silent", () => {
  const { clock, put, observe } = world();
  const { told, live } = observe("/3416/0/3");
  live.cancel();
  clock.advance(seconds(1));
  put("/3416/0/1", "10");
  clock.advance(minutes(5));
  expect(told).toEqual(["100"]);
});

test("the temperature of the gear wanders over the day and is told by itself", () => {
  const { clock, observe } = world();
  const { told } = observe("/3416/0/21");
  clock.advance(hours(24));
  expect(new Set(told).size).toBeGreaterThan(5);
});

test("a period whose end falls a hair short, by the rounding of sums, is over a moment later and does not ring for ever", () => {
  const clock = new FakeClock();
  let alarms = 0;
  const counted = {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    after: (delay: Duration, wake: () => void) => {
      if (++alarms > 20_000) throw new Error("alarms without end");
      return clock.after(delay, wake);
    },
  };
  let told = 0;
  const sample = () => ({ response: { code: CONTENT }, fingerprint: "" });
  const observers = new Observers({
    clock: counted,
    sample,
    send: () => told++,
    defaults: () => ({ pmin: 0, pmax: 20 }),
  });
  const random = seeded(1);
  const subscriber = { peer: "server", token: Uint8Array.of(1), path: [], live: true };
  for (let round = 0; round < 5_000; round++) {
    clock.advance(milliseconds(random.next() * 100));
    observers.add({ object: 3, instance: 0, resource: 9 }, subscriber, sample());
    clock.advance(seconds(21));
  }
  expect(told).toBe(5_000);
});
