import { contentFormat } from "@lamplighter/coap/content-format";
import { parseLinks } from "@lamplighter/lwm2m/link-format";
import { minutes, seconds } from "@lamplighter/runtime/duration";
import { expect, test } from "vitest";
import { world } from "./testing/world.ts";

test("a light announces its objects with their versions, and the format that it speaks", () => {
  const { registrations } = world({ lifetime: seconds(600) });
  const [registration] = registrations;
  expect(registration?.query).toEqual(["ep=light-1", "lt=600", "lwm2m=1.1", "b=U"]);
  expect(registration?.contentFormat).toBe(contentFormat.link);
  const links = parseLinks(new TextDecoder().decode(registration?.payload));
  expect(links.map(({ target }) => target)).toEqual(
    ["/", "/1", "/1/0", "/3", "/3/0", "/4", "/4/0", "/5", "/5/0", "/6/0", "/7/0", "/3416", "/3416/0"].map(
      (each) => each,
    ),
  );
  expect(links.find(({ target }) => target === "/5")?.attributes).toEqual({ ver: "1.1" });
});

test("a light renews its registration before half of its lifetime is over", () => {
  const { clock, updates, registrations } = world({ lifetime: seconds(100) });
  clock.advance(minutes(10));
  expect(updates.length).toBeGreaterThanOrEqual(11);
  expect(updates.length).toBeLessThanOrEqual(17);
  expect(updates.every(({ path, query }) => path.join("/") === "rd/r1" && query.length === 0)).toBe(true);
  expect(registrations).toHaveLength(1);
});

test("a light that the server has forgotten registers again", () => {
  const { clock, memory, registrations, light } = world({ lifetime: seconds(60) });
  memory.isLost = true;
  clock.advance(minutes(1));
  expect(registrations).toHaveLength(2);
  expect(light.phase).toBe("registered");
});

test("a new lifetime is announced at once and from then on kept", () => {
  const { clock, put, updates } = world({ lifetime: seconds(3_600) });
  expect(put("/1/0/1", "40")).toBe("2.04");
  clock.advance(seconds(1));
  expect(updates.map(({ query }) => query)).toEqual([["lt=40"]]);
  clock.advance(minutes(2));
  expect(updates.length).toBeGreaterThanOrEqual(5);
  expect(updates.slice(1).every(({ query }) => query.length === 0)).toBe(true);
});

test("the update trigger makes a light send an Update", () => {
  const { clock, execute, updates } = world();
  expect(execute("/1/0/8")).toBe("2.04");
  clock.advance(seconds(1));
  expect(updates).toHaveLength(1);
});

test("a lifetime that never ends needs no Update", () => {
  const { clock, updates } = world({ lifetime: seconds(0) });
  clock.advance(minutes(60));
  expect(updates).toEqual([]);
});

test("a light that is switched off says goodbye once, and does not wait for ever for the answer", () => {
  const { clock, light, farewells } = world();
  let ends = 0;
  light.stop(() => ends++);
  clock.advance(seconds(1));
  expect([farewells.length, ends, light.phase]).toEqual([1, 1, "off"]);
  clock.advance(minutes(10));
  expect(ends).toBe(1);

  const deaf = world();
  deaf.server.close();
  let deafEnds = 0;
  deaf.light.stop(() => deafEnds++, seconds(3));
  deaf.clock.advance(seconds(4));
  expect(deafEnds).toBe(1);
});

test("a light that was switched off sends nothing more", () => {
  const { clock, light, server } = world({ lifetime: seconds(30) });
  light.stop();
  clock.advance(seconds(1));
  const before = server.counters.datagramsReceived;
  clock.advance(minutes(60));
  expect(server.counters.datagramsReceived).toBe(before);
});

test("a light in queue mode says so, wakes to send its Update, and hears nothing in between", () => {
  const sleep = { listensFor: seconds(30), wakesEvery: minutes(5) };
  const { clock, light, get, registrations, updates, ask } = world({ lifetime: seconds(3_600), sleep });
  expect(registrations[0]?.query).toEqual(["ep=light-1", "lt=3600", "lwm2m=1.1", "b=U", "Q"]);
  // The world has turned the clock by 20 s.
  expect(get("/3/0/3")).toMatchObject({ kind: "response" });
  clock.advance(seconds(25));
  // The read started its window again.
  expect(light.isAsleep).toBe(false);
  clock.advance(seconds(10));
  expect(light.isAsleep).toBe(true);
  expect(ask({ method: 1, path: ["3", "0", "3"] }, minutes(2)).kind).toBe("timed-out");
  clock.advance(minutes(6));
  expect(updates.length).toBeGreaterThanOrEqual(1);
});
