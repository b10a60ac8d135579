import { expect, test } from "vitest";
import { HandshakeTable, hostOf } from "./handshake-table.ts";

const tableOf = (max: number, addresses: readonly string[]) => {
  const table = new HandshakeTable<{ readonly from: string }>(max);
  const entries = addresses.map((from) => ({ from }));
  for (const entry of entries) table.add(entry);
  return { table, entries };
};
const from = (host: string, count: number) => Array.from({ length: count }, (_, port) => `${host}:${port}`);

test("while there is room nobody has to go", () => {
  const { table, entries } = tableOf(32, from("10.0.0.1", 32));
  table.remove(entries[5]!);
  expect(table.superfluous).toBeUndefined();
});

test("of a full table the oldest goes of the host that has more than its share, and without one the oldest of all", () => {
  const { table } = tableOf(32, [...from("10.0.0.1", 2), ...from("203.0.113.9", 20), ...from("10.0.0.2", 10)]);
  expect(table.superfluous?.from).toBe("203.0.113.9:0");
  const hosts = Array.from({ length: 32 }, (_, host) => `10.0.1.${host}:1`);
  expect(tableOf(32, hosts).table.superfluous?.from).toBe(hosts[0]);
});

test("a host whose handshakes have gone has no more than its share", () => {
  const crowd = from("203.0.113.9", 20);
  const { table, entries } = tableOf(32, [...crowd, ...Array.from({ length: 12 }, (_, host) => `10.0.1.${host}:1`)]);
  for (const entry of entries.slice(0, 20)) table.remove(entry);
  for (let host = 0; host < 20; host++) table.add({ from: `10.0.2.${host}:1` });
  expect(table.superfluous?.from).toBe("10.0.1.0:1");
});

test("one that was replaced at its address removes nothing but itself", () => {
  const { table, entries } = tableOf(4, ["10.0.0.1:1"]);
  table.remove(entries[0]!);
  const later = { from: "10.0.0.1:1" };
  table.add(later);
  table.remove(entries[0]!);
  expect(table.get("10.0.0.1:1")).toBe(later);
});

test.each([
  ["192.0.2.7:5684", "192.0.2.7"],
  ["[2001:db8:1:2:3:4:5:6]:5684", "2001:db8:1:2"],
  ["[2001:db8:1:2::6]:9", "2001:db8:1:2"],
  ["[2001:db8::6]:9", "2001:db8:0:0"],
  ["[2001:db8::1:2:3:4:5]:9", "2001:db8:0:1"],
  ["[::1]:9", "0:0:0:0"],
  ["[fe80::1%eth0]:9", "fe80:0:0:0"],
  ["[::ffff:192.0.2.7]:9", "[::ffff:192.0.2.7]"],
])("whoever writes from %s is the host %s", (address, host) => {
  expect(hostOf(address)).toBe(host);
});

test("who draws every address from one network of IPv6 has one share, however many addresses that has", () => {
  const drawn = Array.from({ length: 20 }, (_, at) => `[2001:db8:1:2:${at.toString(16)}:${at.toString(16)}::9]:9`);
  const others = Array.from({ length: 12 }, (_, host) => `[2001:db8:2:${host}::1]:1`);
  expect(tableOf(32, [...others, ...drawn]).table.superfluous?.from).toBe(drawn[0]);
});
