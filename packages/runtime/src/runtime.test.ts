import { Socket } from "node:dgram";
import { expect, test, vi } from "vitest";
import { AddressBook, formatAddress, parseAddress } from "./address-book.ts";
import { localBus } from "./bus.ts";
import { minutes, scale, seconds } from "./duration.ts";
import { InvariantViolation, invariant } from "./invariant.ts";
import { seeded } from "./random.ts";
import { secureRandom } from "./secure-random.ts";
import { systemClock } from "./system-clock.ts";
import { bindUdp } from "./udp-port.ts";

test.each([
  ["192.0.2.7", 5683, "192.0.2.7:5683"],
  ["2001:db8::7", 5684, "[2001:db8::7]:5684"],
])("an address of %s is written and split again", (host, port, address) => {
  const book = new AddressBook();
  expect(formatAddress(host, port)).toBe(address);
  expect(parseAddress(address)).toEqual({ host, port });
  expect(book.format(host, port)).toBe(address);
  expect(book.parse(address)).toEqual({ host, port });
  expect(book.format(host, port)).toBe(address);
  expect(new AddressBook().parse(address)).toEqual({ host, port });
});

test("one seed gives one sequence, within [0, 1)", () => {
  const [a, b, c] = [seeded(1), seeded(1), seeded(2)];
  const draws = Array.from({ length: 1_000 }, () => a.next());
  expect(Array.from({ length: 1_000 }, () => b.next())).toEqual(draws);
  expect(c.next()).not.toBe(draws[0]);
  for (const draw of draws) expect(draw >= 0 && draw < 1).toBe(true);
});

test("secure chance lies within [0, 1) and does not repeat where it is refilled", () => {
  const random = secureRandom();
  const draws = Array.from({ length: 3_000 }, () => random.next());
  for (const draw of draws) expect(draw >= 0 && draw < 1).toBe(true);
  expect(new Set(draws).size).toBeGreaterThan(2_990);
});

test("a bus reaches every listener of a topic, though one of them fails", () => {
  const errors: unknown[] = [];
  const bus = localBus<{ lit: number; dark: number }>((topic, error) => errors.push([topic, String(error)]));
  const heard: number[] = [];
  bus.subscribe("lit", () => {
    throw new Error("deaf");
  });
  const cancel = bus.subscribe("lit", (lights) => heard.push(lights));
  bus.publish("lit", 3);
  bus.publish("dark", 4);
  cancel();
  bus.publish("lit", 5);
  expect(heard).toEqual([3]);
  expect(errors).toEqual([
    ["lit", "Error: deaf"],
    ["lit", "Error: deaf"],
  ]);
});

test("spans of time are milliseconds", () => {
  expect([seconds(2), minutes(1), scale(seconds(2), 1.5)]).toEqual([2_000, 60_000, 3_000]);
});

test("an impossible state stops at once", () => {
  expect(() => invariant(false, "two moons")).toThrow(InvariantViolation);
  expect(() => invariant(true, "one moon")).not.toThrow();
});

test("the system clock does not run backwards and wakes once unless cancelled", async () => {
  const clock = systemClock();
  const before = clock.monotonic();
  const cancel = clock.after(seconds(3_600), () => expect.unreachable());
  await new Promise<void>((resolve) => void clock.after(seconds(0), resolve));
  cancel();
  cancel();
  expect(clock.monotonic()).toBeGreaterThanOrEqual(before);
});

test("a datagram travels between two ports, both ways, and names its sender", async () => {
  const [a, b] = [await bindUdp({ host: "127.0.0.1", port: 0 }), await bindUdp({ host: "127.0.0.1", port: 0 })];
  b.onDatagram((from, datagram) => b.send(from, datagram.toReversed()));
  const echoed = new Promise((resolve) => a.onDatagram((from, datagram) => resolve([from, [...datagram]])));
  a.send(b.address, Uint8Array.of(1, 2, 3));
  expect(await echoed).toEqual([b.address, [3, 2, 1]]);
  await expect(bindUdp({ host: "127.0.0.1", port: parseAddress(a.address).port })).rejects.toThrow("EADDRINUSE");
  await Promise.all([a.close(), b.close()]);
});

test("a datagram too large for the system is counted, not thrown", async () => {
  const port = await bindUdp({ host: "127.0.0.1", port: 0 });
  port.send("127.0.0.1:9", new Uint8Array(70_000));
  await new Promise<void>((resolve) => setImmediate(resolve));
  expect(port.sendFailures).toBe(1);
  await port.close();
});

test("a datagram from port 0, which nobody can answer, is heard by nobody", async () => {
  const on = vi.spyOn(Socket.prototype, "on");
  const port = await bindUdp({ host: "127.0.0.1", port: 0 });
  const heard: string[] = [];
  port.onDatagram((from) => heard.push(from));
  const socket = on.mock.contexts.find((one) => one instanceof Socket)!;
  on.mockRestore();
  // Only who may forge addresses can send such, so the socket is told as the system tells it.
  for (const from of [0, 9])
    socket.emit("message", Buffer.of(1), { address: "127.0.0.1", family: "IPv4", port: from, size: 1 });
  expect(heard).toEqual(["127.0.0.1:9"]);
  await port.close();
});

test.each(["127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:", "nowhere"])(
  "what is sent to %s is counted, not thrown",
  async (to) => {
    const port = await bindUdp({ host: "127.0.0.1", port: 0 });
    port.send(to, Uint8Array.of(1));
    expect(port.sendFailures).toBe(1);
    await port.close();
  },
);
