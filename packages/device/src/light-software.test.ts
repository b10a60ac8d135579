import { DELETE, POST, PUT } from "@lamplighter/coap/code";
import { contentFormat } from "@lamplighter/coap/content-format";
import { encodeContent } from "@lamplighter/lwm2m/content";
import { instance, object } from "@lamplighter/lwm2m/node";
import { milliseconds, minutes, seconds } from "@lamplighter/runtime/duration";
import { expect, test } from "vitest";
import { buildImage } from "./firmware-image.ts";
import { type SoftwareFault, usualSoftware } from "./light-software.ts";
import { world } from "./testing/world.ts";

const image = buildImage({ version: "2.0.0", bytes: 5_000, seed: 1 });

function lightWithSoftware(fault?: SoftwareFault) {
  const it = world({ software: usualSoftware, installTime: seconds(1) });
  it.light.software.fault = fault;
  it.light.start();
  it.clock.advance(seconds(1));
  const send = (bytes: Uint8Array, path = "/9/0/2") =>
    it.codeOf(
      it.ask(
        { method: PUT, path: path.split("/").slice(1), contentFormat: contentFormat.opaque, payload: bytes },
        minutes(5),
      ),
    );
  const execute = (path: string, args = "") =>
    it.codeOf(
      it.ask({
        ...{ method: POST, path: path.split("/").slice(1), contentFormat: contentFormat.text },
        payload: new TextEncoder().encode(args),
      }),
    );
  /** State, result, version and activity of an instance, as they are read. */
  const shown = (id = 0) => [7, 9, 1, 12].map((resource) => it.readText(`/9/${id}/${resource}`)).join(" ");
  return { ...it, send, execute, shown };
}

test("it comes with a driver and a radio image, installed and active, and registers both", () => {
  const { shown, readText, registrations } = lightWithSoftware();
  expect(new TextDecoder().decode(registrations[0]?.payload)).toContain("</9/0>,</9/1>");
  expect(readText("/9/0/0")).toBe("Luminaire driver");
  expect(shown(0)).toBe("4 2 1.0.0 1");
  expect(shown(1)).toBe("4 2 3.2.1 1");
});

test("a light without programmable parts has no object 9", () => {
  const { light, readText, clock, registrations } = world();
  light.start();
  clock.advance(seconds(1));
  expect(readText("/9/0/7")).toBe("4.04");
  expect(new TextDecoder().decode(registrations[0]?.payload)).not.toContain("</9");
});

test("an update: made ready, received, checked, installed and activated, each when it is told", () => {
  const { send, execute, shown, clock } = lightWithSoftware();
  expect(send(image)).toBe("4.05");
  expect(execute("/9/0/6", "1")).toBe("2.04");
  expect(shown()).toBe("0 0 1.0.0 0");
  expect(execute("/9/0/4")).toBe("4.05");
  expect(send(image)).toBe("2.04");
  expect(shown()).toBe("2 1 1.0.0 0");
  clock.advance(seconds(1));
  expect(shown()).toBe("3 3 1.0.0 0");
  expect(execute("/9/0/10")).toBe("4.05");
  expect(execute("/9/0/4")).toBe("2.04");
  expect(execute("/9/0/4")).toBe("4.05");
  expect(shown()).toBe("3 3 1.0.0 0");
  clock.advance(seconds(2));
  expect(shown()).toBe("4 2 2.0.0 0");
  expect(execute("/9/0/10")).toBe("2.04");
  expect(shown()).toBe("4 2 2.0.0 1");
  expect(shown(1)).toBe("4 2 3.2.1 1");
  expect(execute("/9/0/11")).toBe("2.04");
  expect(shown()).toBe("4 2 2.0.0 0");
});

test("uninstalled for good the version is gone; anything but 0 and 1 is no argument", () => {
  const { execute, shown } = lightWithSoftware();
  expect(execute("/9/1/6", "2")).toBe("4.00");
  expect(execute("/9/1/6", "0")).toBe("2.04");
  expect(shown(1)).toBe("0 0  0");
});

test.each<[SoftwareFault, string, string]>([
  ["integrity", "2.04", "0 53 1.0.0 0"],
  ["wrong-type", "2.04", "0 54 1.0.0 0"],
  ["no-storage", "4.13", "0 50 1.0.0 0"],
  ["no-memory", "4.13", "0 51 1.0.0 0"],
])("the fault %s ends a download with %s and %s", (fault, answer, end) => {
  const { send, execute, shown, clock } = lightWithSoftware(fault);
  execute("/9/0/6", "1");
  expect(send(image)).toBe(answer);
  clock.advance(seconds(1));
  expect(shown()).toBe(end);
});

test("a package that is damaged, or no image at all, is found out by the check itself", () => {
  const { send, execute, shown, clock } = lightWithSoftware();
  execute("/9/0/6", "1");
  const damaged = image.slice();
  damaged[2_000] = (damaged[2_000] ?? 0) ^ 1;
  send(damaged);
  clock.advance(seconds(1));
  expect(shown()).toBe("0 53 1.0.0 0");
  send(new Uint8Array(300));
  clock.advance(seconds(1));
  expect(shown()).toBe("0 54 1.0.0 0");
});

test("when the power fails in the middle of a download, half a package is gone and the software in place is not", () => {
  const { server, light, execute, shown, clock, send } = lightWithSoftware("power-cut");
  execute("/9/0/6", "1");
  server.request(
    { peer: "light:1", method: PUT, path: ["9", "0", "2"], contentFormat: contentFormat.opaque, payload: image },
    () => {},
  );
  for (let waited = 0; light.phase !== "rebooting" && waited < 200; waited++) clock.advance(milliseconds(50));
  expect(light.counters.reboots).toBe(1);
  clock.advance(minutes(6));
  expect(shown()).toBe("0 0 1.0.0 0");
  expect(send(image)).toBe("2.04");
});

test("an installation that fails leaves the package delivered", () => {
  const { send, execute, shown, clock } = lightWithSoftware("install-fails");
  execute("/9/0/6", "1");
  send(image);
  clock.advance(seconds(1));
  execute("/9/0/4");
  clock.advance(seconds(2));
  expect(shown()).toBe("3 58 1.0.0 0");
});

test("an instance is created with nothing in it, takes a package, and there is room for four", () => {
  const { ask, codeOf, shown, send, clock } = lightWithSoftware();
  const create = (id: number) => {
    const payload = encodeContent(object(9, [instance(id, [])]), contentFormat.tlv, { path: { object: 9 } });
    return codeOf(ask({ method: POST, path: ["9"], contentFormat: contentFormat.tlv, payload }));
  };
  expect(create(1)).toBe("4.00");
  expect(create(2)).toBe("2.01");
  expect(shown(2)).toBe("0 0  0");
  expect(send(image, "/9/2/2")).toBe("2.04");
  clock.advance(seconds(1));
  expect(shown(2)).toBe("3 3  0");
  expect(create(3)).toBe("2.01");
  expect(create(4)).toBe("4.05");
});

test("an address that it cannot fetch from is an invalid one, and firmware is left alone by all of this", () => {
  const { put, execute, shown, readText } = lightWithSoftware();
  execute("/9/0/6", "1");
  expect(put("/9/0/3", "ftp://server/image")).toBe("2.04");
  expect(shown()).toBe("0 56 1.0.0 0");
  expect(`${readText("/5/0/3")} ${readText("/5/0/5")}`).toBe("0 0");
});

test("an instance that was created or deleted is told with an Update, and where something is installed nothing is deleted", () => {
  const { ask, codeOf, clock, updates, light } = lightWithSoftware();
  const at = (path: string) => path.split("/").slice(1);
  const list = () => new TextDecoder().decode(updates.at(-1)?.payload);
  const node = object(9, [instance(2, [])]);
  const payload = encodeContent(node, contentFormat.tlv, { path: { object: 9 } });
  expect(codeOf(ask({ method: POST, path: at("/9"), contentFormat: contentFormat.tlv, payload }))).toBe("2.01");
  clock.advance(seconds(1));
  expect(list()).toContain("</9/0>,</9/1>,</9/2>");
  const told = updates.length;
  for (const path of ["/9/0", "/9", "/9/2/1"]) {
    expect([path, codeOf(ask({ method: DELETE, path: at(path) }))]).toEqual([path, "4.05"]);
  }
  expect(codeOf(ask({ method: DELETE, path: at("/9/3") }))).toBe("4.04");
  expect(updates).toHaveLength(told);
  expect(codeOf(ask({ method: DELETE, path: at("/9/2") }))).toBe("2.02");
  clock.advance(seconds(1));
  expect(list()).not.toContain("</9/2>");
  expect(codeOf(ask({ method: POST, path: at("/9"), contentFormat: contentFormat.tlv, payload }))).toBe("4.00");
  expect(light.software.shown.map((each) => each.instance)).toEqual([0, 1]);
});

test("a light made from what another one kept stands as that one did", () => {
  const { light, execute } = lightWithSoftware();
  execute("/9/0/11");
  execute("/9/1/6", "0");
  const again = world({ software: light.software.kept });
  expect(again.light.software.shown).toEqual(light.software.shown);
});
