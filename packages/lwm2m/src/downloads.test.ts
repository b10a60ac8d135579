import { formatCode, GET, POST } from "@lamplighter/coap/code";
import { CoapEndpoint, type RequestOutcome } from "@lamplighter/coap/endpoint";
import { milliseconds } from "@lamplighter/runtime/duration";
import { seeded } from "@lamplighter/runtime/random";
import { FakeClock } from "@lamplighter/simulation/fake-clock";
import { fakeNetwork } from "@lamplighter/simulation/fake-network";
import { expect, test } from "vitest";
import { type Download, Downloads, downloadsMax, forgivingFor, heldFor, heldMax } from "./downloads.ts";

const secret = new Uint8Array(32).fill(7);
const sha256 = "0123456789abcdef".repeat(4);
const image = Uint8Array.from({ length: 3_000 }, (_, index) => index % 251);

function download(more: Partial<Download> = {}): Download {
  return { attempt: "job-1.1", image, sha256, mayContinue: () => true, onProgress: () => {}, ...more };
}

/** A light that asks our downloads over CoAP. */
function light(downloads: Downloads, clock = new FakeClock()) {
  const network = fakeNetwork(clock, seeded(1), { loss: 0, duplication: 0, delayMax: milliseconds(1) });
  const server = new CoapEndpoint({ port: network.bind("server"), clock, random: seeded(2) });
  const device = new CoapEndpoint({ port: network.bind("device"), clock, random: seeded(3) });
  server.onRequest((request) => downloads.answer(request));
  return (path: readonly string[], more: { method?: number; block?: number } = {}) => {
    const { method = GET, block } = more;
    let heard: RequestOutcome | undefined;
    const block2 = block === undefined ? {} : { block2: { number: block, size: 512 as const } };
    device.request({ peer: "server", method, path, ...block2 }, (outcome) => {
      heard = outcome;
    });
    clock.advance(milliseconds(1_000));
    return heard?.kind === "response"
      ? { code: formatCode(heard.code), payload: heard.payload }
      : { code: heard?.kind ?? "none", payload: new Uint8Array() };
  };
}

test("an image is fetched whole, or any block of it, and progress is told", () => {
  const downloads = new Downloads({ secret, clock: new FakeClock() });
  const progress: number[] = [];
  downloads.open(download({ onProgress: (bytesDone) => progress.push(bytesDone) }));
  const ask = light(downloads);
  expect(ask(downloads.pathOf("job-1.1"))).toEqual({ code: "2.05", payload: image });
  expect(progress).toEqual([1_024, 2_048, 3_000]);
  expect(ask(downloads.pathOf("job-1.1"), { block: 5 }).payload).toEqual(image.subarray(2_560));
});

test("an address is the same after a restart, another for each attempt, and no part of the attempt's name", () => {
  const path = new Downloads({ secret, clock: new FakeClock() }).pathOf("job-1.1");
  expect(new Downloads({ secret, clock: new FakeClock() }).pathOf("job-1.1")).toEqual(path);
  expect(new Downloads({ secret, clock: new FakeClock() }).pathOf("job-1.2")).not.toEqual(path);
  expect(new Downloads({ secret: new Uint8Array(32), clock: new FakeClock() }).pathOf("job-1.1")).not.toEqual(path);
  expect(path[1]).toMatch(/^[\w-]{22}$/);
  expect(() => new Downloads({ secret: new Uint8Array(8), clock: new FakeClock() })).toThrow(/16 bytes/);
});

test("what is closed, or asked for in a strange way, is not there", () => {
  const clock = new FakeClock();
  const downloads = new Downloads({ secret, clock });
  const ask = light(downloads, clock);
  const path = downloads.pathOf("job-1.1");
  const opened = downloads.open(download());
  expect(ask([...path, "x"]).code).toBe("4.04");
  expect(ask(["fw"]).code).toBe("4.04");
  expect(ask(path, { method: POST }).code).toBe("4.05");
  expect(ask(path, { block: 9 }).code).toBe("4.02");
  opened?.close();
  expect(ask(path).code).toBe("4.04");
  expect(downloads.count).toBe(0);
  downloads.open(download());
  expect(ask(path).code).toBe("2.05");
});

test("what is held is asked for again later, for a day; closed after that, or opened again, it is as it is then", () => {
  const clock = new FakeClock();
  const downloads = new Downloads({ secret, clock });
  clock.advance(forgivingFor);
  const ask = light(downloads, clock);
  const path = downloads.pathOf("job-1.1");
  downloads.open(download())?.hold();
  expect(ask(path).code).toBe("5.03");
  expect(downloads.count).toBe(0);
  const again = downloads.open(download());
  expect(ask(path).code).toBe("2.05");
  again?.hold();
  again?.close();
  expect(ask(path).code).toBe("5.03");
  clock.advance(heldFor);
  expect(ask(path).code).toBe("4.04");
});

test("of too many that are held the oldest is as one never known", () => {
  const clock = new FakeClock();
  const downloads = new Downloads({ secret, clock });
  clock.advance(forgivingFor);
  for (let job = 0; job <= heldMax; job++) downloads.open(download({ attempt: `job-${job}.1` }))?.hold();
  expect(downloads.find(downloads.pathOf("job-0.1")[1])).toBe("gone");
  expect(downloads.find(downloads.pathOf("job-1.1")[1])).toBe("later");
});

test("an address that is not known is asked for again later while attempts are being taken up, and gone after that", () => {
  const clock = new FakeClock();
  const downloads = new Downloads({ secret, clock });
  const ask = light(downloads, clock);
  expect(ask(downloads.pathOf("job-1.1")).code).toBe("5.03");
  clock.advance(forgivingFor);
  expect(ask(downloads.pathOf("job-1.1")).code).toBe("4.04");
});

test("a light whose campaign is paused is told to come later", () => {
  const clock = new FakeClock();
  const downloads = new Downloads({ secret, clock });
  let may = false;
  downloads.open(download({ mayContinue: () => may }));
  const ask = light(downloads, clock);
  expect(ask(downloads.pathOf("job-1.1")).code).toBe("5.03");
  may = true;
  expect(ask(downloads.pathOf("job-1.1")).code).toBe("2.05");
});

test("an attempt opened anew takes the place of its former opening, whose end changes nothing", () => {
  const downloads = new Downloads({ secret, clock: new FakeClock() });
  const former = downloads.open(download());
  downloads.open(download({ image: image.subarray(0, 10) }));
  former?.close();
  expect(light(downloads)(downloads.pathOf("job-1.1")).payload).toHaveLength(10);
});

test("beyond the limit no image is opened", () => {
  const downloads = new Downloads({ secret, clock: new FakeClock() });
  for (let index = 0; index < downloadsMax; index++) downloads.open(download({ attempt: `job-${index}.1` }));
  expect(downloads.open(download({ attempt: "one more" }))).toBeUndefined();
  expect(downloads.open(download({ attempt: "job-5.1" }))).toBeDefined();
});
