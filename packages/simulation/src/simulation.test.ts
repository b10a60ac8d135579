import { milliseconds, seconds } from "@lamplighter/runtime/duration";
import { seeded } from "@lamplighter/runtime/random";
import { expect, test } from "vitest";
import { FakeClock } from "./fake-clock.ts";
import { fakeNetwork } from "./fake-network.ts";
import { eachWorld } from "./seeded-worlds.ts";

const calm = { loss: 0, duplication: 0, delayMax: milliseconds(10) };

test("alarms ring at their own instant, in order of time, and of setting within one instant", () => {
  const clock = new FakeClock();
  const rung: string[] = [];
  for (const [name, delay] of [
    ["c", 30],
    ["a", 10],
    ["b", 20],
    ["a2", 10],
  ] as const) {
    clock.after(milliseconds(delay), () => rung.push(`${name}@${clock.monotonic()}`));
  }
  clock.advance(milliseconds(25));
  expect(rung).toEqual(["a@10", "a2@10", "b@20"]);
  expect([clock.monotonic(), clock.pending]).toEqual([25, 1]);
});

test("an alarm set by an alarm rings within the same advance, if its time has come", () => {
  const clock = new FakeClock();
  const rung: number[] = [];
  const again = () => {
    rung.push(clock.monotonic());
    clock.after(milliseconds(10), again);
  };
  clock.after(milliseconds(10), again);
  clock.advance(milliseconds(35));
  expect(rung).toEqual([10, 20, 30]);
});

test("a step goes to the next alarm, and nowhere when none rings soon enough", () => {
  const clock = new FakeClock();
  clock.after(milliseconds(10), () => {});
  expect([clock.step(9), clock.monotonic()]).toEqual([false, 0]);
  expect([clock.step(10), clock.monotonic()]).toEqual([true, 10]);
  expect([clock.step(), clock.monotonic()]).toEqual([false, 10]);
});

test("an alarm that sets itself again for no time does not hold a test for ever", () => {
  const clock = new FakeClock();
  const again = () => void clock.after(milliseconds(0), again);
  again();
  expect(() => clock.advance(seconds(1))).toThrow("alarms without end at 0 ms");
});

test("a cancelled alarm does not ring, and cancelling twice, or after it rang, is harmless", () => {
  const clock = new FakeClock();
  let rung = 0;
  const cancelled = clock.after(milliseconds(1), () => rung++);
  const rang = clock.after(milliseconds(2), () => rung++);
  cancelled();
  cancelled();
  clock.advance(milliseconds(5));
  rang();
  expect([rung, clock.pending]).toEqual([1, 0]);
});

test("a hundred thousand alarms, half of them cancelled, ring in order and within seconds", () => {
  const clock = new FakeClock();
  const random = seeded(1);
  let last = 0;
  let rung = 0;
  const cancels = Array.from({ length: 100_000 }, () =>
    clock.after(milliseconds(random.next() * 1e6), () => {
      if (clock.monotonic() < last) expect.unreachable();
      last = clock.monotonic();
      rung++;
    }),
  );
  for (const [index, cancel] of cancels.entries()) if (index % 2 === 0) cancel();
  expect(clock.pending).toBe(50_000);
  clock.advance(seconds(1_000));
  expect(rung).toBe(50_000);
});

test("one seed gives one history", () => {
  const history = (seed: number) => {
    const clock = new FakeClock();
    const network = fakeNetwork(clock, seeded(seed), { loss: 0.3, duplication: 0.3, delayMax: seconds(1) });
    const arrived: string[] = [];
    network.bind("b").onDatagram((from, [number]) => arrived.push(`${from} ${number} ${clock.monotonic()}`));
    const a = network.bind("a");
    for (let number = 0; number < 50; number++) a.send("b", Uint8Array.of(number));
    clock.advance(seconds(2));
    return arrived;
  };
  expect(history(3)).toEqual(history(3));
  expect(history(3)).not.toEqual(history(4));
});

test("the weather is as said: losses, duplicates, and none when calm", () => {
  const clock = new FakeClock();
  const network = fakeNetwork(clock, seeded(5), { loss: 0.3, duplication: 0.2, delayMax: milliseconds(5) });
  network.bind("b").onDatagram(() => {});
  const a = network.bind("a");
  for (let number = 0; number < 2_000; number++) a.send("b", Uint8Array.of(1));
  clock.advance(seconds(1));
  const { sent, lost, duplicated, delivered } = network.traffic;
  expect(lost / sent).toBeCloseTo(0.3, 1);
  expect(duplicated / (sent - lost)).toBeCloseTo(0.2, 1);
  expect(delivered).toBe(sent - lost + duplicated);
  network.setConditionsOf("b", calm);
  for (let number = 0; number < 100; number++) a.send("b", Uint8Array.of(1));
  clock.advance(seconds(1));
  expect(network.traffic.delivered).toBe(delivered + 100);
});

test("a partition cuts both ways and takes what is under way; an unbound address hears nothing and can be bound again", () => {
  const clock = new FakeClock();
  const network = fakeNetwork(clock, seeded(5), calm);
  const heard: string[] = [];
  const b = network.bind("b");
  b.onDatagram((from) => heard.push(`b from ${from}`));
  const a = network.bind("a");
  a.onDatagram((from) => heard.push(`a from ${from}`));
  const talk = () => {
    a.send("b", Uint8Array.of(1));
    b.send("a", Uint8Array.of(1));
  };
  talk();
  network.partition("b");
  talk();
  clock.advance(seconds(1));
  expect(heard).toEqual(["a from b"]);
  network.heal("b");
  network.unbind("a");
  talk();
  clock.advance(seconds(1));
  expect(heard).toEqual(["a from b", "b from a"]);
  network.bind("a").onDatagram(() => heard.push("the new a"));
  talk();
  clock.advance(seconds(1));
  expect(heard.slice(2).toSorted()).toEqual(["b from a", "the new a"]);
});

test("a sender may use its buffer again at once", () => {
  const clock = new FakeClock();
  const network = fakeNetwork(clock, seeded(5), calm);
  const heard: number[] = [];
  network.bind("b").onDatagram((_from, datagram) => heard.push(datagram[0]!));
  const buffer = Uint8Array.of(1);
  network.bind("a").send("b", buffer);
  buffer[0] = 2;
  clock.advance(seconds(1));
  expect(heard).toEqual([1]);
});

test("a failing world says its seed", () => {
  expect(() =>
    eachWorld({ first: 10, count: 5, conditions: calm }, ({ seed }) => {
      if (seed === 12) throw new Error("the lamp went out");
    }),
  ).toThrow("seed 12: the lamp went out");
});

test("a straggler is one copy more, long after the others", () => {
  const clock = new FakeClock();
  const stragglers = { share: 0.5, delayMax: seconds(60) };
  const network = fakeNetwork(clock, seeded(1), { ...calm, stragglers });
  const arrived: number[] = [];
  network.bind("b").onDatagram(() => arrived.push(clock.monotonic()));
  const a = network.bind("a");
  for (let sent = 0; sent < 100; sent++) a.send("b", Uint8Array.of(1));
  clock.advance(milliseconds(10));
  expect(arrived.length).toBeLessThan(105);
  clock.advance(seconds(60));
  expect(arrived).toHaveLength(100 + network.traffic.straggled);
  expect(network.traffic.straggled).toBeGreaterThan(35);
  expect(network.traffic.straggled).toBeLessThan(65);
});

test("what is under way to an address when it is unbound is lost, though somebody else listens there by then", () => {
  const clock = new FakeClock();
  const network = fakeNetwork(clock, seeded(1), calm);
  const heard: string[] = [];
  const a = network.bind("a");
  network.bind("b").onDatagram(() => heard.push("first"));
  a.send("b", Uint8Array.of(1));
  network.unbind("b");
  network.bind("b").onDatagram(() => heard.push("second"));
  clock.advance(seconds(1));
  expect(heard).toEqual([]);
  a.send("b", Uint8Array.of(1));
  clock.advance(seconds(1));
  expect(heard).toEqual(["second"]);
});
