import { request as ask, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Download, Downloads, forgivingFor } from "@lamplighter/lwm2m/downloads";
import { type Duration, milliseconds } from "@lamplighter/runtime/duration";
import { FakeClock } from "@lamplighter/simulation/fake-clock";
import { afterEach, expect, test } from "vitest";
import { downloadDoor } from "./download.ts";

const image = Uint8Array.from({ length: 200_000 }, (_, index) => index % 251);
const tag = '"0123456789abcdef"';
const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const clean of cleanups.splice(0)) clean();
});

async function server({ silenceMax }: { silenceMax?: Duration } = {}) {
  const clock = new FakeClock();
  const downloads = new Downloads({ secret: new Uint8Array(32), clock });
  const door = downloadDoor(downloads, silenceMax === undefined ? {} : { silenceMax });
  const http = createServer((request, response) => {
    void door(request, response, new URL(request.url ?? "/", "http://localhost"));
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => {
    http.closeAllConnections();
    http.close();
  });
  const { port } = http.address() as AddressInfo;
  const path = `/${downloads.pathOf("job.1").join("/")}`;
  return {
    clock,
    path,
    open: (more: Partial<Download> = {}) =>
      downloads.open({
        attempt: "job.1",
        image,
        sha256: "0123456789abcdef".repeat(4),
        mayContinue: () => true,
        onProgress: () => {},
        ...more,
      }),
    get: async (at = path, headers: Record<string, string> = {}, method = "GET") => {
      const answer = await fetch(`http://127.0.0.1:${port}${at}`, { headers, method });
      const body = new Uint8Array(await answer.arrayBuffer());
      return { status: answer.status, headers: answer.headers, body };
    },
    port,
  };
}

test("an image is given whole, with its length and tag, and progress is told", async () => {
  const { open, get } = await server();
  const progress: number[] = [];
  open({ onProgress: (bytesDone) => progress.push(bytesDone) });
  const { status, headers, body } = await get();
  expect([status, headers.get("content-length"), headers.get("etag")]).toEqual([200, "200000", tag]);
  expect(Buffer.compare(body, image)).toBe(0);
  expect(progress).toEqual([65_536, 131_072, 196_608, 200_000]);
});

test.each([
  ["bytes=0-99", 0, 100],
  ["bytes=199990-", 199_990, 200_000],
  ["bytes=-10", 199_990, 200_000],
  ["bytes=199990-999999", 199_990, 200_000],
])("a light that was cut off goes on: %s", async (range, from, to) => {
  const { open, get } = await server();
  open();
  const { status, headers, body } = await get(undefined, { range, "if-range": tag });
  expect([status, headers.get("content-range")]).toEqual([206, `bytes ${from}-${to - 1}/200000`]);
  expect(Buffer.compare(body, image.subarray(from, to))).toBe(0);
});

test.each([
  ["of another image", { range: "bytes=5-", "if-range": '"another"' }],
  ["that are several", { range: "bytes=0-1,5-6" }],
  ["in another unit", { range: "blocks=0-1" }],
  ["that cannot be read", { range: "bytes=x" }],
])("parts %s are answered with the whole", async (_, headers) => {
  const { open, get } = await server();
  open();
  expect(await get(undefined, headers)).toMatchObject({ status: 200, body: { length: 200_000 } });
});

test("a range beyond the end, a strange address and a strange method are refused in words", async () => {
  const { open, get, path, clock } = await server();
  open();
  const beyond = await get(undefined, { range: "bytes=200000-" });
  expect([beyond.status, beyond.headers.get("content-range")]).toEqual([416, "bytes */200000"]);
  expect((await get(`${path}/more`)).status).toBe(404);
  expect((await get(path, {}, "POST")).status).toBe(405);
  expect(await get(path, {}, "HEAD")).toMatchObject({ status: 200, body: { length: 0 } });
  clock.advance(forgivingFor);
  expect((await get("/fw/AAAAAAAAAAAAAAAAAAAAAA")).status).toBe(404);
});

test("a light whose campaign is paused is told when to come again, and one in the middle is cut off", async () => {
  const { open, get } = await server();
  open({ mayContinue: () => false });
  const refused = await get();
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "30"]);
  let asked = 0;
  open({ mayContinue: () => asked++ < 2 });
  await expect(get()).rejects.toThrow();
});

test("more than four connections for one attempt wait", async () => {
  const { open, get, port, path } = await server();
  open({ image: new Uint8Array(64 * 1024 * 1024) });
  const held = Array.from({ length: 4 }, () => ask({ port, host: "127.0.0.1", path }));
  cleanups.push(() => {
    for (const one of held) one.destroy();
  });
  await Promise.all(held.map((one) => new Promise((resolve) => one.on("response", resolve).end())));
  expect((await get()).status).toBe(503);
});

test("who stops reading gives its place back, and is cut off", async () => {
  const { open, get, port, path } = await server({ silenceMax: milliseconds(200) });
  open({ image: new Uint8Array(64 * 1024 * 1024) });
  const held = Array.from({ length: 4 }, () => ask({ port, host: "127.0.0.1", path }));
  await Promise.all(held.map((one) => new Promise((resolve) => one.on("response", resolve).end())));
  expect((await get()).status).toBe(503);
  await expect.poll(async () => (await get(undefined, { range: "bytes=0-9" })).status).toBe(206);
  for (const one of held) one.destroy();
});

test("a light that goes on with the image it began, named by its tag, is told when it is another", async () => {
  const { open, get } = await server();
  open();
  expect((await get(undefined, { range: "bytes=5-9", "if-match": '"another"' })).status).toBe(412);
  expect((await get(undefined, { range: "bytes=5-9", "if-match": `"another", ${tag}` })).status).toBe(206);
  expect((await get(undefined, { "if-match": "*" })).status).toBe(200);
});

test("HEAD tells of the whole, whatever part is named", async () => {
  const { open, get, path } = await server();
  open();
  const { status, headers } = await get(path, { range: "bytes=0-9" }, "HEAD");
  expect([status, headers.get("content-length")]).toEqual([200, "200000"]);
});
