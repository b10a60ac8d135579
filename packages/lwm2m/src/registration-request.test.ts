import { expect, test } from "vitest";
import {
  type Announced,
  endpointBytesMax,
  instancesMax,
  isRefusal,
  parametersMax,
  parseRegister,
  parseUpdate,
  type RegisterRequest,
} from "./registration-request.ts";
import { utf8 } from "./testing/bytes.ts";
import { fc } from "./testing/properties.ts";

const minimal = ["ep=light-1", "lt=300", "lwm2m=1.1"];
const objects = "</1/0>,</3/0>";

function register(query: readonly string[] = minimal, payload = objects): RegisterRequest {
  const parsed = parseRegister(query, utf8(payload));
  if (isRefusal(parsed)) throw new Error(`refused with ${parsed.code}`);
  return parsed;
}
const announced = (payload: string): Announced => register(minimal, payload).announced;

test("a plain Register says who, how long, and what is there", () => {
  expect(register([...minimal, "b=U"])).toEqual({
    endpoint: "light-1",
    version: "1.1",
    lifetimeSeconds: 300,
    binding: "U",
    queueMode: false,
    announced: {
      objects: [
        { object: 1, instances: [0] },
        { object: 3, instances: [0] },
      ],
    },
    attributes: {},
  });
});

test.each([
  [[], "U", false],
  [["b=U"], "U", false],
  [["b=UQ"], "U", true],
  [["b=U", "Q"], "U", true],
  [["b=U", "Q="], "U", true],
  [["b=U", "Q=1"], "U", true],
  [["b=U", "Q=0"], "U", false],
  [["Q"], "U", true],
  [["b=SQ"], "S", true],
  [["b=UQS"], "US", true],
  [["b=UTSN"], "UTSN", false],
  [['b="U"'], "U", false],
])("the transport parameters %j mean binding %s, queue mode %s", (query, binding, queueMode) => {
  for (const version of ["1.0", "1.1", "1.2"]) {
    expect(register(["ep=a", "lt=1", `lwm2m=${version}`, ...query])).toMatchObject({ binding, queueMode });
  }
});

test.each(["2.0", "9.9", "1", "1.1.1", "", "1.3", " 1.1"])("version %j is refused with 4.12", (version) => {
  expect(parseRegister(["ep=a", "lt=1", `lwm2m=${version}`], utf8(objects))).toMatchObject({ code: 0x8c });
});

test.each([
  [["lt=1", "lwm2m=1.1"], /ep/],
  [["ep=", "lwm2m=1.1"], /ep/],
  [["ep=a", "lt=1"], /lwm2m/],
  [["ep=a", "ep=b", "lwm2m=1.1"], /twice/],
  [["ep=a", "lt=-1", "lwm2m=1.1"], /lt/],
  [["ep=a", "lt=1.5", "lwm2m=1.1"], /lt/],
  [["ep=a", "lt=", "lwm2m=1.1"], /lt/],
  [["ep=a", "lt=12345678901", "lwm2m=1.1"], /lt/],
  [["ep=a", "b=X", "lwm2m=1.1"], /binding/],
  [["ep=a", "b=UU", "lwm2m=1.1"], /binding/],
  [["ep=a", "b=Q", "lwm2m=1.1"], /binding/],
  [["ep=a", "b=", "lwm2m=1.1"], /binding/],
  [["ep=a", "Q=maybe", "lwm2m=1.1"], /Q/],
  [["ep=a\u0000", "lwm2m=1.1"], /control character/],
  [[`ep=${"é".repeat(128)}`, "lwm2m=1.1"], /longer than 255 bytes|too long/],
  [[`x=${"y".repeat(254)}`, ...minimal], /too long/],
  [[...minimal, ...Array.from({ length: parametersMax }, (_, index) => `x${index}=1`)], /parameters/],
])("the query %j is malformed", (query, why) => {
  expect(() => parseRegister(query, utf8(objects))).toThrow(expect.objectContaining({ name: "MalformedInput" }));
  expect(() => parseRegister(query, utf8(objects))).toThrow(why);
});

test("an endpoint name of exactly the largest size is accepted when it fits a parameter", () => {
  const longest = "é".repeat((endpointBytesMax - 1) / 2);
  expect(register([`ep=${longest}`, "lwm2m=1.1"]).endpoint).toBe(longest);
});

test("without a lifetime it is a day, 0 stays 0, and for ever is 68 years", () => {
  expect(register(["ep=a", "lwm2m=1.0"]).lifetimeSeconds).toBe(86_400);
  expect(register(["ep=a", "lwm2m=1.0", "lt=0"]).lifetimeSeconds).toBe(0);
  expect(register(["ep=a", "lwm2m=1.0", "lt=4294967295"]).lifetimeSeconds).toBe(2_147_483_647);
});

test("unknown parameters are kept as they were sent, in whatever order all of them came", () => {
  const query = ["foo=bar=baz", "lwm2m=1.1", "sms=4912345", "flag", "lt=60", "ep=a", "__proto__=x"];
  const parsed = register(query);
  expect(parsed).toMatchObject({ endpoint: "a", lifetimeSeconds: 60, smsNumber: "4912345" });
  expect(Object.entries(parsed.attributes)).toEqual([
    ["foo", "bar=baz"],
    ["flag", ""],
    ["__proto__", "x"],
  ]);
});

test("versions of objects are read quoted or not, whichever link carries them", () => {
  expect(announced('</1>;ver=1.1,</1/0>,</3>;ver="1.2",</3/0>,</5/0>;ver=1.0').objects).toEqual([
    { object: 1, version: "1.1", instances: [0] },
    { object: 3, version: "1.2", instances: [0] },
    { object: 5, version: "1.0", instances: [0] },
  ]);
});

test("content formats of the root link are read quoted or not, one or several", () => {
  expect(announced('</>;rt="oma.lwm2m";ct=110,</1/0>').contentFormats).toEqual([110]);
  expect(announced('</>;ct="110 11542",</1/0>').contentFormats).toEqual([110, 11_542]);
  expect(announced("</>,</1/0>").contentFormats).toEqual([]);
  expect(announced("</1/0>")).not.toHaveProperty("contentFormats");
});

test("the alternate path is taken off the links, and may be left out of them", () => {
  const expected = {
    rootPath: ["lwm2m", "x"],
    objects: [
      { object: 1, instances: [0] },
      { object: 3, instances: [0] },
    ],
  };
  expect(announced('</lwm2m/x>;rt="oma.lwm2m",</lwm2m/x/1/0>,</lwm2m/x/3/0>')).toMatchObject(expected);
  expect(announced('</lwm2m/x>;rt="oma.lwm2m",</1/0>,</3/0>')).toMatchObject(expected);
  expect(announced('</>;ct=110,</lwm2m/x>;rt="foo oma.lwm2m",</lwm2m/x/1/0>,</3/0>')).toMatchObject(expected);
});

test("links elsewhere, to resources, to the security objects and beyond 16 bits are passed over", () => {
  expect(
    announced("</0/0>,</21/1>,</23/0>,</sensors/temp>,</3/0/9>,</70000>,</3/65535>,</03/0>,</3/0/>,</4>,<http://x/7>")
      .objects,
  ).toEqual([
    { object: 3, instances: [0] },
    { object: 4, instances: [] },
  ]);
});

test("a Register without objects is malformed, with a profile id alone it cannot be resolved", () => {
  expect(() => register(minimal, "")).toThrow(/empty/);
  expect(parseRegister([...minimal, "pid=abc"], new Uint8Array())).toMatchObject({ code: 0x89 });
});

test("an object list that is no text, no links or too long is malformed", () => {
  expect(() => parseRegister(minimal, Uint8Array.of(0xff))).toThrow(/UTF-8/);
  expect(() => register(minimal, "hello")).toThrow(/link format/);
  const links = Array.from({ length: instancesMax + 1 }, (_, index) => `</9/${index}>`).join();
  expect(() => register(minimal, links)).toThrow(/more than/);
});

test("an Update says only what it gives", () => {
  expect(parseUpdate([], new Uint8Array())).toEqual({ attributes: {} });
  expect(parseUpdate(["lt=20"], new Uint8Array())).toEqual({ lifetimeSeconds: 20, attributes: {} });
  expect(parseUpdate(["b=U"], new Uint8Array())).toEqual({ binding: "U", queueMode: false, attributes: {} });
  expect(parseUpdate(["Q"], new Uint8Array())).toEqual({ queueMode: true, attributes: {} });
  expect(parseUpdate(["ep=a", "lwm2m=1.1", "sms=1"], utf8("</3/0>"))).toEqual({
    smsNumber: "1",
    announced: { objects: [{ object: 3, instances: [0] }] },
    attributes: {},
  });
});

test("any query and payload are either read, refused with a code, or malformed", () => {
  const parameter = fc
    .tuple(fc.constantFrom("ep", "lt", "b", "Q", "lwm2m", "sms", "x"), fc.string())
    .map((pair) => pair.join("="));
  fc.assert(
    fc.property(fc.array(parameter), fc.string({ unit: fc.constantFrom(...'</>0123;=",vert') }), (query, payload) => {
      for (const parse of [parseRegister, parseUpdate]) {
        try {
          parse([...query, "lwm2m=1.1"], utf8(payload));
        } catch (error) {
          expect((error as Error).name).toBe("MalformedInput");
        }
      }
    }),
    { numRuns: 1_000 },
  );
});
