import { expect, test } from "vitest";
import { readDiscovered } from "./bootstrap/discovered.ts";
import { decodeContent } from "./content.ts";
import { cborArray, cborInteger, cborMap, cborText } from "./formats/cbor-writer.ts";
import { decodeTimestamped } from "./formats/series.ts";
import { parseLinks } from "./link-format.ts";
import { MalformedInput } from "./malformed-input.ts";
import { knownObjects } from "./models/known-objects.ts";
import { parsePath } from "./path.ts";
import { parseRegister } from "./registration-request.ts";
import { utf8 } from "./testing/bytes.ts";

/** As much as the CoAP endpoint takes of one answer (`responseBytesMax`), and of one request (`requestBytesMax`). */
const answerBytes = 1024 * 1024;
const requestBytes = 256 * 1024;
/** One event loop serves all: what takes longer for one light, all others wait for. In fact each takes a tenth of it. */
const millisecondsMax = 1_500;

const models = knownObjects();
const context = { modelOf: (object: number) => models.find(object), nowSeconds: 1_700_000_000, rootPath: [] };
const fill = (piece: string, length = answerBytes) => piece.repeat(Math.floor(length / piece.length));
const each = (count: number, piece: (index: number) => string) => Array.from({ length: count }, (_, at) => piece(at));
const senml = (bytes: Uint8Array, format: number) => decodeTimestamped(bytes, format, undefined, context);
const at = (path: string, bytes: Uint8Array, format: number) => {
  const place = parsePath(path);
  return decodeContent(bytes, format, place, models.find(place.object));
};
const register = (list: string) => parseRegister(["ep=light-1", "lwm2m=1.1"], utf8(list.slice(0, requestBytes)));
const ids = (type: number, count: number) =>
  Uint8Array.from({ length: 3 * count }, (_, index) => {
    const id = Math.floor(index / 3);
    return index % 3 === 0 ? type : index % 3 === 1 ? id >> 8 : id & 255;
  });
const three = cborInteger(3n);
const nought = cborInteger(0n);

test.each<readonly [string, () => unknown]>([
  ["digits in text, for a float", () => at("/6/0/0", utf8(`${fill("1")}x`), 0)],
  ["digits in text, for an integer", () => at("/3/0/9", utf8(fill("1")), 0)],
  ["almost base64 in text", () => at("/5/0/0", utf8(`${fill("A")}!`), 0)],
  ["spaces in JSON", () => senml(utf8(fill(" ")), 110)],
  ["brackets in JSON", () => senml(utf8(fill("[")), 110)],
  ["escapes in JSON", () => senml(utf8(`[{"n":"/3/0/0","vs":"${fill("\\u0041")}"}]`), 110)],
  ["labels in JSON", () => senml(utf8(`[{${each(90_000, (index) => `"q${index}":1`).join()}}]`), 110)],
  ["a name in JSON", () => senml(utf8(`[{"bn":"/3/0/","n":"${fill("0")}","v":1}]`), 110)],
  [
    "numbers in JSON",
    () => senml(utf8(`[${each(9_999, (i) => `{"n":"3/0/${i + 100}","v":1${"0".repeat(50)}e-5}`)}]`), 110),
  ],
  ["padding in JSON", () => senml(utf8(`[{"n":"/3/0/99","vd":"${fill("=")}"}]`), 110)],
  ["entries of OMA JSON", () => at("/3/0", utf8(`{"e":[${each(10_000, (i) => `{"n":"${i + 100}","v":1}`)}]}`), 11543)],
  ["empty arrays in CBOR", () => senml(new Uint8Array(answerBytes).fill(0x81), 112)],
  [
    "pieces of a CBOR text",
    () => senml(Uint8Array.of(0x81, 0xa1, 0, 0x7f, ...new Uint8Array(90_000).fill(0x60), 255), 112),
  ],
  [
    "resources in LwM2M CBOR",
    () =>
      at(
        "/9999/0",
        cborMap([
          [
            cborInteger(9999n),
            cborMap([
              [nought, cborMap(Array.from({ length: 10_000 }, (_, i) => [cborInteger(BigInt(i)), nought] as const))],
            ]),
          ],
        ]),
        11544,
      ),
  ],
  [
    "texts as a root in LwM2M CBOR",
    () => at("/3/0", cborMap([[cborArray(Array.from({ length: 60_000 }, () => cborText("a"))), three]]), 11544),
  ],
  ["resources in TLV", () => at("/9999/0", ids(0xe0, 65_536), 11542)],
  ["instances in TLV", () => at("/9999", ids(0x20, 65_535), 11542)],
  ["links", () => parseLinks(fill("<>,"))],
  ["attributes of links", () => parseLinks(fill(`<>${";a=1".repeat(32)},`))],
  ["a quoted attribute", () => parseLinks(`<>;a="${fill("\\x")}`)],
  ["slashes in a Register", () => register(`<${fill("/", 250_000)}>,</1/0>`)],
  [
    "an alternate path in a Register",
    () => register(`<${fill("/a", 120_000)}>;rt="oma.lwm2m",${fill("</1/0>,", 14_000)}`),
  ],
  ["formats in a Register", () => register(`</>;rt="oma.lwm2m";ct="${fill("1 ", 250_000)}",</1/0>`)],
  ["spaces in a bootstrap Discover", () => readDiscovered(utf8(`${fill(" ")}lwm2m="1`))],
  ["digits in a bootstrap Discover", () => readDiscovered(utf8(`lwm2m="1.${fill("1")}x`))],
])("as many %s as a light may send are read or refused while others hardly wait", (_, read) => {
  const began = performance.now();
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(MalformedInput);
  }
  expect(performance.now() - began).toBeLessThan(millisecondsMax);
});
