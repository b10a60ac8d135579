import { IPATCH } from "@lamplighter/coap/code";
import { contentFormat } from "@lamplighter/coap/content-format";
import { encodeCompositeWrite } from "@lamplighter/lwm2m/formats/composite";
import { text } from "@lamplighter/lwm2m/value";
import { seconds } from "@lamplighter/runtime/duration";
import { expect, test } from "vitest";
import { usualSoftware } from "./light-software.ts";
import { world } from "./testing/world.ts";

const light12 = () => world({ lwm2m: "1.2", software: usualSoftware });
const [activate, deactivate, isActive] = ["/9/0/10", "/9/0/11", "/9/0/12"];

test("it registers as what it speaks", () => {
  expect(light12().registrations[0]?.query).toContain("lwm2m=1.2");
});

test.each([
  ["edge=1", ["1", "1", "1"]],
  ["edge=0", ["1", "0", "0"]],
])("with %s a flag is told when it changes so, and not otherwise", (edge, expected) => {
  const { attributes, observe, execute, clock } = light12();
  expect(attributes(isActive, edge)).toBe("2.04");
  const { told } = observe(isActive);
  for (const path of [deactivate, activate, deactivate, activate]) {
    expect(execute(path)).toBe("2.04");
    clock.advance(seconds(1));
  }
  expect(told).toEqual(expected);
});

test("an edge within pmin is told when that is over, though the flag is back by then", () => {
  const { attributes, observe, execute, clock } = light12();
  attributes(isActive, "edge=0", "pmin=30");
  const { told } = observe(isActive);
  execute(deactivate);
  execute(activate);
  clock.advance(seconds(31));
  expect(told).toEqual(["1", "1"]);
  clock.advance(seconds(120));
  expect(told).toHaveLength(2);
});

test("con says whether a change is told confirmably; it is when nothing is said", () => {
  const { attributes, observe, put, clock, sent } = light12();
  const { live } = observe("/3416/0/3");
  const types = () => sent(live.token);
  const dim = (level: string) => {
    put("/3416/0/1", level);
    clock.advance(seconds(1));
  };
  dim("10");
  for (const con of ["con=0", "con=1", "con"]) {
    attributes("/3416/0/3", con);
    dim(String(20 + types().length));
  }
  expect(types()).toEqual(["CON", "NON", "CON", "CON"]);
});

test("edge belongs to a flag, con is 0 or 1, hqmax is kept and shown; a light of 1.1 knows none of them", () => {
  const { attributes, readText } = light12();
  expect(attributes("/3416/0/3", "edge=1")).toBe("4.00");
  expect(attributes("/3416/0", "edge=1")).toBe("4.00");
  expect(attributes("/3416/0/3", "con=2")).toBe("4.00");
  expect(attributes("/3/0/0", "gt=5")).toBe("4.00");
  expect(attributes("/3416/0/3", "hqmax=5", "con=1")).toBe("2.04");
  expect(readText("/3416/0/3", contentFormat.link)).toBe("</3416/0/3>;hqmax=5;con=1");
  const older = world({ software: usualSoftware });
  for (const each of ["edge=1", "con=1", "hqmax=5"])
    expect([each, older.attributes(isActive, each)]).toEqual([each, "4.00"]);
});

test.each([
  ["/3", "depth=0", "</3>;ver=1.1"],
  ["/3", "depth=1", "</3>;ver=1.1,</3/0>"],
  ["/9", "depth=1", "</9>,</9/0>,</9/1>"],
  ["/3/0", "depth=0", "</3/0>"],
  ["/3/0/11", "depth=0", "</3/0/11>;dim=1"],
  ["/3/0/11", "depth=1", "</3/0/11>;dim=1,</3/0/11/0>"],
  ["/3/0/11", "", "</3/0/11>;dim=1,</3/0/11/0>"],
  ["/9/0/0", "depth=3", "</9/0/0>"],
  ["/3", "depth=4", "4.00"],
  ["/3", "depth=1&depth=1", "4.00"],
  ["/3", "deep=1", "4.00"],
])("Discover of %s with %s", (path, query, expected) => {
  expect(light12().discover(path, query)).toBe(expected);
});

test("without a depth an object is listed down to its resources, and an instance too; with 3 their instances follow", () => {
  const { discover } = light12();
  const links = (path: string, query = "") =>
    discover(path, query)
      .split(",")
      .map((link) => link.split(";")[0]);
  expect(links("/3")).toContain("</3/0/11>");
  expect(links("/3")).not.toContain("</3/0/11/0>");
  expect(links("/3/0")).toEqual(links("/3").slice(1));
  expect(links("/3", "depth=3")).toContain("</3/0/11/0>");
  expect(links("/3/0", "depth=2")).toEqual(links("/3", "depth=3").slice(1));
  // A light of 1.1 does not know the word, and lists what it always does.
  expect(world().discover("/3/0/11", "depth=1")).toBe("</3/0/11>;dim=1");
});

test("attributes in an Observe hold for that observation alone, and above what was set at the path", () => {
  const { attributes, observe, put, clock } = light12();
  attributes("/3416/0/3", "pmax=100");
  const own = observe("/3416/0/3", ["pmin=10", "pmax=20"]);
  const level = observe("/3416/0/1");
  put("/3416/0/1", "40");
  clock.advance(seconds(1));
  expect([own.told, level.told]).toEqual([["100"], ["100", "40"]]);
  clock.advance(seconds(10));
  expect(own.told).toEqual(["100", "40"]);
  clock.advance(seconds(41));
  expect(own.told).toHaveLength(4);
  expect(level.told).toHaveLength(2);
  expect(observe("/3416/0/3", ["pmin=9", "pmax=2"]).told).toEqual([]);
});

test("a deletion with a Write-Composite is read, and refused where nothing can be deleted", () => {
  const { ask, codeOf, readText } = light12();
  const path = { object: 3, instance: 0, resource: 14 };
  for (const format of [contentFormat.senmlEtchCbor, contentFormat.senmlEtchJson]) {
    const write = (lines: Parameters<typeof encodeCompositeWrite>[0]) =>
      codeOf(ask({ method: IPATCH, path: [], contentFormat: format, payload: encodeCompositeWrite(lines, format) }));
    expect(write([{ path, value: text("+03:00") }])).toBe("2.04");
    const gone = { path: { object: 3, instance: 0, resource: 11, resourceInstance: 0 }, value: "delete" } as const;
    expect(write([{ path, value: text("+04:00") }, gone])).toBe("4.05");
  }
  expect(readText("/3/0/14")).toBe("+03:00");
});

test("who asks no more is forgotten by its token: whoever took its place is told on", () => {
  const { observe, put, clock } = world();
  const first = observe("/3416/0/3");
  const second = observe("/3416/0/3");
  first.live.cancel();
  clock.advance(seconds(1));
  put("/3416/0/1", "30");
  clock.advance(seconds(1));
  expect(second.told).toEqual(["100", "30"]);
  second.live.cancel();
  clock.advance(seconds(1));
  put("/3416/0/1", "20");
  clock.advance(seconds(1));
  expect(second.told).toEqual(["100", "30"]);
});
