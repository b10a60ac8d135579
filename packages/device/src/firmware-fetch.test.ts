import { hours, milliseconds, minutes, seconds } from "@lamplighter/runtime/duration";
import type { FakeClock } from "@lamplighter/simulation/fake-clock";
import { expect, test } from "vitest";
import { buildImage } from "./firmware-image.ts";
import { scriptedWeb, type WebTurn } from "./testing/scripted-web.ts";
import { world } from "./testing/world.ts";

const image = buildImage({ version: "2.1.0", bytes: 32 * 1_024, seed: 7 });
const other = buildImage({ version: "3.0.0", bytes: 20 * 1_024, seed: 8 });
const uri = "http://server/fw/token";
type Options = NonNullable<Parameters<typeof world>[0]>;

/** A light that fetches over HTTP from a web in memory, and was told where. */
function overHttp({ script = [], ...options }: Options & { script?: readonly WebTurn[] } = {}) {
  const late = { after: (...args: Parameters<FakeClock["after"]>) => made.clock.after(...args) };
  const web = scriptedWeb(late, { bytes: image, tag: '"one"' });
  web.script.push(...script);
  const made = world({ delivery: "pull", protocols: ["http"], httpGet: web.httpGet, ...options });
  expect(made.put("/5/0/1", uri)).toBe("2.04");
  return { ...made, web };
}

/** A light that fetches over CoAP, and was told where; `asked` are the numbers of the blocks it asked for. */
function overCoap(options: Options = {}) {
  const made = world({ delivery: "pull", ...options });
  const asked: number[] = [];
  const open = (bytes: Uint8Array, sha256: string) =>
    made.downloads.open({
      ...{ attempt: "job.1", image: bytes, sha256: sha256.repeat(32) },
      mayContinue: () => true,
      onProgress: (bytesDone) => asked.push(Math.ceil(bytesDone / 1_024) - 1),
    });
  const opened = open(image, "ab");
  const tell = () => made.put("/5/0/1", ["coap://server:5683", ...made.downloads.pathOf("job.1")].join("/"));
  expect(tell()).toBe("2.04");
  return { ...made, asked, open, opened, tell };
}

test("a light that speaks HTTP alone says so, fetches its image over HTTP, and refuses another protocol", () => {
  const { clock, light, firmware, put, readText, web } = overHttp();
  clock.advance(seconds(5));
  expect(web.questions).toEqual([{ uri, from: 0, tag: undefined }]);
  expect(light.firmware).toMatchObject({ state: 2, candidate: "2.1.0" });
  expect(readText("/5/0/1")).toBe(uri);
  expect(put("/5/0/1", "")).toBe("2.04");
  expect(put("/5/0/1", "coap://server:5683/fw/token")).toBe("2.04");
  expect(firmware()).toEqual(["0", "9"]);
});

test("a connection that breaks is taken up where it broke, of the same image only", () => {
  const { clock, light, web } = overHttp({ script: [{ breaksAfter: 9_500 }, { breaksAfter: 700 }] });
  clock.advance(minutes(1));
  expect(web.questions.map(({ from, tag }) => [from, tag])).toEqual([
    [0, undefined],
    [9_500, '"one"'],
    [10_200, '"one"'],
  ]);
  expect(light.firmware).toMatchObject({ state: 2, candidate: "2.1.0" });
  expect(light.counters.bytesArrived).toBe(image.length);
});

test("after a power cut in the middle a light goes on with a range, and fetches no byte twice", () => {
  const { clock, light, web } = overHttp({ fault: "power-cut" });
  clock.advance(minutes(2));
  expect(light.counters.reboots).toBe(1);
  expect(web.questions.map(({ from }) => from)).toEqual([0, 14_000]);
  expect(light.counters).toMatchObject({ bytesArrived: image.length, packages: 1 });
  expect(light.firmware).toMatchObject({ state: 2, candidate: "2.1.0" });
});

test("where another image stands after a power cut, it is fetched from its beginning", () => {
  const { clock, light, web } = overHttp({ fault: "power-cut" });
  while (light.counters.reboots === 0) clock.advance(milliseconds(100));
  Object.assign(web.file, { bytes: other, tag: '"two"' });
  clock.advance(minutes(2));
  expect(light.firmware).toMatchObject({ state: 2, candidate: "3.0.0" });
});

test.each([
  ["another place than was asked for", { status: 206, from: 4_000, tag: '"one"' }],
  ["another image", { status: 206, from: 5_000, tag: '"two"' }],
  ["a range that it does not have", { status: 416, from: 0 }],
] satisfies [string, WebTurn][])("a server that answers with %s makes a light begin again", (_, turn) => {
  const { clock, light, web } = overHttp({ script: [{ breaksAfter: 5_000 }, turn] });
  clock.advance(minutes(2));
  expect(web.questions.map(({ from }) => from)).toEqual([0, 5_000, 0]);
  expect(light.firmware).toMatchObject({ state: 2, candidate: "2.1.0" });
});

test("an image whose server tells it by no tag is fetched from its beginning after a break", () => {
  const { clock, light, web } = overHttp();
  web.script.push({ breaksAfter: 5_000 });
  Object.assign(web.file, { tag: undefined });
  clock.advance(minutes(1));
  expect(web.questions.map(({ from }) => from)).toEqual([0, 0]);
  expect(light.firmware.state).toBe(2);
});

test("a server that says later is asked later, over and over", () => {
  const later: WebTurn = { status: 503, from: 0, retryAfterSeconds: 30 };
  const { clock, light, web } = overHttp({ script: Array.from({ length: 20 }, () => later) });
  clock.advance(minutes(5));
  expect(light.firmware.state).toBe(1);
  clock.advance(minutes(10));
  expect(web.questions).toHaveLength(21);
  expect(light.firmware.state).toBe(2);
});

test.each([
  ["nothing at the address", { status: 404, from: 0 }, ["0", "7"]],
  ["an image that is gone", { status: 410, from: 0 }, ["0", "7"]],
  ["a server that fails each time", { status: 500, from: 0 }, ["0", "4"]],
  ["an image too large to keep", { status: 200, from: 0, bytesTotal: 1e9 }, ["0", "2"]],
  ["a connection that breaks each time", { breaksAfter: 0 }, ["0", "4"]],
] satisfies [string, WebTurn, string[]][])("%s ends the fetch with its Update Result", (_, turn, ending) => {
  const { clock, firmware } = overHttp({ script: Array.from({ length: 10 }, () => turn) });
  clock.advance(minutes(5));
  expect(firmware()).toEqual(ending);
});

test("an empty address stops a fetch, and what there was of the image is forgotten", () => {
  const { clock, light, put, web } = overHttp({ script: [{ breaksAfter: 5_000 }] });
  clock.advance(seconds(3));
  expect(put("/5/0/1", "")).toBe("2.04");
  clock.advance(minutes(5));
  expect([light.firmware.state, web.questions.length]).toEqual([0, 1]);
  put("/5/0/1", uri);
  clock.advance(minutes(1));
  expect([light.firmware.state, web.questions.at(-1)?.from]).toEqual([2, 0]);
});

test("over CoAP a power cut makes a light go on at the block it had not yet", () => {
  const { clock, light, asked } = overCoap({ fault: "power-cut" });
  clock.advance(minutes(2));
  expect(light.counters.reboots).toBe(1);
  expect(asked).toEqual(Array.from({ length: Math.ceil(image.length / 1_024) }, (_, block) => block));
  expect(light.firmware).toMatchObject({ state: 2, candidate: "2.1.0" });
});

test("a light that forgets the address is Idle after a power cut, and goes on at the same block once it is told again", () => {
  const { clock, light, asked, tell } = overCoap({ fault: "power-cut", afterPowerCut: "forgets" });
  clock.advance(minutes(2));
  expect(light.firmware).toEqual({ state: 0, result: 0 });
  expect(tell()).toBe("2.04");
  clock.advance(minutes(1));
  expect(asked).toEqual(Array.from({ length: Math.ceil(image.length / 1_024) }, (_, block) => block));
  expect(light.firmware.state).toBe(2);
});

test.each([
  ["smaller", 6],
  ["larger", 64],
])("over CoAP another, %s image at the address is fetched from its beginning", (_, kilobytes) => {
  const another = buildImage({ version: "3.0.0", bytes: kilobytes * 1_024, seed: 8 });
  const { clock, light, open } = overCoap({ fault: "power-cut" });
  while (light.counters.reboots === 0) clock.advance(milliseconds(100));
  open(another, "cd");
  clock.advance(minutes(2));
  expect(light.firmware).toMatchObject({ state: 2, candidate: "3.0.0" });
});

test("an address whose use is over ends in Update Result 7", () => {
  const { clock, firmware, opened } = overCoap();
  opened?.close();
  clock.advance(hours(1));
  expect(firmware()).toEqual(["0", "7"]);
});

test("images arrive whole over CoAP through bad weather and power cuts", () => {
  for (let seed = 1; seed <= 10; seed++) {
    const { clock, light, asked } = overCoap({ fault: "power-cut", severity: { powerCuts: 3 }, loss: 0.1, seed });
    clock.advance(minutes(60));
    expect(light.firmware, `seed ${seed}`).toMatchObject({ state: 2, candidate: "2.1.0" });
    expect(asked.toSorted((a, b) => a - b).at(-1)).toBe(Math.ceil(image.length / 1_024) - 1);
  }
});
