import { CHANGED, PUT } from "@lamplighter/coap/code";
import { contentFormat } from "@lamplighter/coap/content-format";
import { minutes, seconds } from "@lamplighter/runtime/duration";
import { expect, test } from "vitest";
import { buildImage } from "./firmware-image.ts";
import { world } from "./testing/world.ts";

const image = buildImage({ version: "2.1.0", bytes: 32 * 1_024, seed: 7 });

test("a light registers with its objects and answers for them", () => {
  const { registrations, readText } = world();
  expect(registrations).toHaveLength(1);
  expect(registrations[0]?.query).toContain("ep=light-1");
  expect(new TextDecoder().decode(registrations[0]?.payload)).toContain("</3416/0>");
  expect(readText("/3/0/3")).toBe("1.4.2");
  expect(readText("/5/0/3")).toBe("0");
});

test("a light receives an image, installs it when told, and comes back with the version in the image", () => {
  const { clock, light, push, execute, readText, registrations } = world();
  expect(push(image)).toMatchObject({ kind: "response", code: CHANGED });
  expect(readText("/5/0/3")).toBe("2");
  expect(light.firmwareVersion).toBe("1.4.2");
  expect(execute()).toBe("2.04");
  clock.advance(seconds(30));
  expect(registrations).toHaveLength(2);
  expect([readText("/5/0/5"), readText("/3/0/3")]).toEqual(["1", "2.1.0"]);
  expect(light.counters).toMatchObject({ packages: 1, executes: 1, executesPerAttemptMax: 1, reboots: 1 });
});

test("Execute is refused while nothing is downloaded", () => {
  const { execute, light } = world();
  expect(execute()).toBe("4.05");
  expect(light.counters.executesPerAttemptMax).toBe(1);
});

test("an image with a flipped bit is refused with Result 5, and something that is no image with Result 6", () => {
  const { push, readText } = world();
  const spoilt = image.slice();
  spoilt[1_000] = (spoilt[1_000] ?? 0) ^ 1;
  push(spoilt);
  expect([readText("/5/0/3"), readText("/5/0/5")]).toEqual(["0", "5"]);
  push(new Uint8Array(4_000));
  expect(readText("/5/0/5")).toBe("6");
});

test.each([
  ["integrity", "5"],
  ["no-flash", "2"],
  ["wrong-type", "6"],
] as const)("the fault %s shows as Result %s", (fault, result) => {
  const { push, readText } = world({ fault });
  push(image);
  expect([readText("/5/0/3"), readText("/5/0/5")]).toEqual(["0", result]);
});

test("an empty Package URI puts the machine back to Idle", () => {
  const { push, put, readText } = world();
  push(image);
  expect(put("/5/0/1", "")).toBe("2.04");
  expect([readText("/5/0/3"), readText("/5/0/5")]).toEqual(["0", "0"]);
});

test("a light that falls back returns with its old version, whatever its result says", () => {
  const { clock, push, execute, readText } = world({ fault: "falls-back" });
  push(image);
  execute();
  clock.advance(seconds(30));
  expect([readText("/3/0/3"), readText("/5/0/5")]).toEqual(["1.4.2", "1"]);
});

test("a light that never returns stays dark", () => {
  const { clock, light, push, execute, registrations } = world({ fault: "never-returns" });
  push(image);
  execute();
  clock.advance(minutes(60));
  expect(light.phase).toBe("dark");
  expect(registrations).toHaveLength(1);
});

test("a power cut in the middle of a download ends in a new registration with an idle machine, once", () => {
  const { clock, light, push, readText, registrations } = world({ fault: "power-cut" });
  expect(push(image)).not.toMatchObject({ kind: "response", code: CHANGED });
  clock.advance(seconds(30));
  expect(registrations).toHaveLength(2);
  expect(readText("/5/0/3")).toBe("0");
  expect(push(image)).toMatchObject({ kind: "response", code: CHANGED });
  expect(light.firmware.state).toBe(2);
});

test("images arrive whole through bad weather", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const { push, light } = world({ loss: 0.1, seed });
    const outcome = push(image);
    expect(outcome.kind, `seed ${seed}`).toBe("response");
    expect(light.firmware, `seed ${seed}`).toMatchObject({ state: 2, result: 0 });
  }
});

test("at twenty percent loss each way an image arrives within a few attempts, whole", () => {
  for (let seed = 1; seed <= 10; seed++) {
    const { push, light } = world({ loss: 0.2, seed });
    let attempts = 0;
    while (light.firmware.state !== 2 && attempts < 6) {
      push(image);
      attempts++;
    }
    expect(light.firmware, `seed ${seed}`).toMatchObject({ state: 2, result: 0, candidate: "2.1.0" });
  }
});

test("a light without room says so at the first block, with Result 2", () => {
  const { ask, light, codeOf } = world({ fault: "no-flash" });
  const outcome = ask({
    method: PUT,
    path: ["5", "0", "0"],
    contentFormat: contentFormat.opaque,
    payload: image,
    mayContinue: () => light.firmware.result !== 2,
  });
  expect(codeOf(outcome)).toBe("cancelled");
  expect(light.counters).toMatchObject({ blocksArrived: 1, packages: 0 });
});

test("a second update is an attempt of its own", () => {
  const { clock, light, push, execute } = world();
  for (const version of ["2.1.0", "2.2.0"]) {
    push(buildImage({ version, bytes: 4_096, seed: 1 }));
    expect(execute()).toBe("2.04");
    clock.advance(seconds(30));
  }
  expect(light.counters).toMatchObject({ executes: 2, executesPerAttemptMax: 1 });
  expect(light.counters.versionsRun).toEqual(["1.4.2", "2.1.0", "2.2.0"]);
});

test("a light without power sees nothing of what is sent to it", () => {
  const { light, push } = world();
  light.cutPower();
  push(image);
  expect(light.counters).toMatchObject({ blocksArrived: 0, bytesArrived: 0 });
});

test("power may fail several times, at a given share of the image", () => {
  const { clock, light, push, registrations } = world({
    fault: "power-cut",
    severity: { powerCuts: 3, powerCutAt: 0.75 },
  });
  for (let attempt = 1; attempt <= 3; attempt++) {
    push(image);
    clock.advance(seconds(30));
    expect(light.firmware).toEqual({ state: 0, result: 0 });
    expect(registrations).toHaveLength(1 + attempt);
  }
  expect(light.counters).toMatchObject({ packages: 0, reboots: 3 });
  expect(light.counters.blocksArrived).toBeGreaterThanOrEqual(3 * 24);
  expect(push(image)).toMatchObject({ kind: "response", code: CHANGED });
});

test("a light that falls back may say so with Result 8", () => {
  const { clock, push, execute, readText, firmware } = world({ fault: "falls-back", severity: { fallBackResult: 8 } });
  push(image);
  execute();
  clock.advance(seconds(30));
  expect([readText("/3/0/3"), ...firmware()]).toEqual(["1.4.2", "0", "8"]);
});

test("on a link that sends everything twice, one Execute is one Execute", () => {
  const { clock, light, push, execute, registrations } = world({ fault: "duplicates" });
  push(image);
  expect(execute()).toBe("2.04");
  clock.advance(seconds(30));
  expect(light.counters).toMatchObject({ executes: 1, executesPerAttemptMax: 1, packages: 1, registrations: 2 });
  expect(light.counters.blocksArrived).toBe(64);
  expect(registrations).toHaveLength(2);
  expect(light.counters.versionsRun).toEqual(["1.4.2", "2.1.0"]);
});

test("a second Execute of the same image is counted, even though it is refused", () => {
  const { light, push, execute } = world();
  push(image);
  execute();
  execute();
  expect(light.counters.executesPerAttemptMax).toBe(2);
});

test("on a slow link each datagram takes its time, and the image arrives all the same", () => {
  const { clock, push, light } = world({ fault: "slow-link", severity: { delayMilliseconds: 400 } });
  const begun = clock.monotonic();
  push(image);
  expect(light.firmware.state).toBe(2);
  expect(clock.monotonic() - begun).toBeGreaterThan(32 * 800);
});

test("Cancel ends a download with Result 10, and is refused when there is none", () => {
  const { push, execute, firmware } = world();
  expect(execute("/5/0/10")).toBe("4.05");
  push(image);
  expect(execute("/5/0/10")).toBe("2.04");
  expect(firmware()).toEqual(["0", "10"]);
});

test("a light whose object 5 is of version 1.0 has no Cancel", () => {
  const { push, execute, readText, registrations } = world({ firmwareObject: "1.0" });
  push(image);
  expect(execute("/5/0/10")).toBe("4.04");
  expect(readText("/5/0/11")).toBe("4.04");
  expect(new TextDecoder().decode(registrations[0]?.payload)).toContain("</5>;ver=1.0,</5/0>");
});

test("a light of version 1.2 that was told to upgrade by itself needs no Execute", () => {
  const { clock, push, put, readText } = world({ firmwareObject: "1.2" });
  expect(put("/5/0/14", "1")).toBe("2.04");
  push(image);
  clock.advance(seconds(30));
  expect(readText("/3/0/3")).toBe("2.1.0");
});

test("a package is refused while another one waits to be installed", () => {
  const { push, codeOf, firmware } = world();
  push(image);
  expect(codeOf(push(image))).toBe("4.05");
  expect(firmware()).toEqual(["2", "0"]);
});

test("the lamp is dark while the light reboots, and back at its commanded level after", () => {
  const { clock, light, push, put, execute, readText } = world({ installTime: seconds(40) });
  expect(put("/3416/0/1", "60")).toBe("2.04");
  push(image);
  execute();
  clock.advance(seconds(10));
  expect(light.level).toBe(0);
  clock.advance(minutes(1));
  expect([light.level, readText("/3416/0/3")]).toEqual([60, "60"]);
});

test("a light without power is silent, and registers again when it has power", () => {
  const { clock, light, get, codeOf, registrations } = world();
  light.cutPower();
  expect(codeOf(get("/3/0/3"))).toBe("timed-out");
  expect(light.phase).toBe("dark");
  light.start();
  clock.advance(seconds(10));
  expect(registrations).toHaveLength(2);
  expect(light.phase).toBe("registered");
});

test("an installation that a power cut interrupts is finished at the next start", () => {
  const { clock, light, push, execute } = world({ installTime: minutes(5) });
  push(image);
  execute();
  clock.advance(minutes(1));
  light.cutPower();
  light.start();
  clock.advance(seconds(10));
  expect(light.firmwareVersion).toBe("2.1.0");
  expect(light.firmware).toMatchObject({ state: 0, result: 1 });
});
