import { describe, expect, test } from "vitest";
import { parseDdf } from "./ddf.ts";
import { DdfFault } from "./ddf-fault.ts";
import { ddfLimits } from "./ddf-limits.ts";
import { readDdfRange } from "./ddf-range.ts";

const item = (id: number | string, change: Record<string, string | undefined> = {}) => {
  const fields = {
    Name: `Thing ${id}`,
    Operations: "RW",
    MultipleInstances: "Single",
    Mandatory: "Optional",
    Type: "Integer",
    ...change,
  };
  const inside = Object.entries(fields).map(([name, value]) =>
    value === undefined ? "" : `\n<${name}>${value}</${name}>`,
  );
  return `<Item ID="${id}">${inside.join("")}\n</Item>`;
};
const file = (items: string, change: Record<string, string | undefined> = {}) => {
  const fields = {
    Name: "Bench",
    Description1: "A bench &amp; a light",
    ObjectID: "33000",
    ObjectURN: "urn:oma:lwm2m:x:33000:1.1",
    LWM2MVersion: "1.1",
    ObjectVersion: "1.1",
    MultipleInstances: "Multiple",
    Mandatory: "Optional",
    ...change,
  };
  const head = Object.entries(fields).map(([name, value]) =>
    value === undefined ? "" : `<${name}>${value}</${name}>\n`,
  );
  return `<?xml version="1.0" encoding="utf-8"?>\n<LWM2M>\n<Object ObjectType="MODefinition">\n${head.join("")}<Resources>\n${items}\n</Resources>\n<Description2><![CDATA[]]></Description2>\n</Object>\n</LWM2M>\n`;
};
const bytesOf = (text: string) => new TextEncoder().encode(text);
const parse = (text: string) => parseDdf(bytesOf(text));
function faultOf(text: string | Uint8Array): string {
  try {
    parseDdf(typeof text === "string" ? bytesOf(text) : text);
  } catch (error) {
    if (error instanceof DdfFault) return error.sentence;
    throw error;
  }
  return "accepted";
}

test("a definition as OMA publishes it becomes a model, with what people read of it", () => {
  const { objects, notes } = parse(
    file(
      [
        item(5, { RangeEnumeration: "0 - 100", Units: "/100", Description: "How <![CDATA[<bright>]]> &#x263c;" }),
        item(0, { Operations: "E", Type: "" }),
        item(7, { Operations: "R", MultipleInstances: "Multiple", Mandatory: "Mandatory", Type: "Unsigned Integer" }),
        item(8, { Operations: "", Type: "String", RangeEnumeration: "0..32" }),
      ].join("\n"),
    ),
  );
  const [object] = objects;
  expect({ ...object?.model, resources: [...(object?.model.resources.values() ?? [])] }).toEqual({
    id: 33_000,
    name: "Bench",
    urn: "urn:oma:lwm2m:x:33000:1.1",
    version: "1.1",
    multiple: true,
    mandatory: false,
    resources: [
      { id: 0, name: "Thing 0", operations: "E", multiple: false, mandatory: false, range: "", units: "" },
      {
        id: 5,
        name: "Thing 5",
        operations: "RW",
        multiple: false,
        mandatory: false,
        type: "integer",
        range: "0..100",
        units: "/100",
      },
      {
        id: 7,
        name: "Thing 7",
        operations: "R",
        multiple: true,
        mandatory: true,
        type: "unsigned",
        range: "",
        units: "",
      },
      {
        id: 8,
        name: "Thing 8",
        operations: "",
        multiple: false,
        mandatory: false,
        type: "string",
        range: "0..32 bytes",
        units: "",
      },
    ],
  });
  expect(object?.description).toBe("A bench & a light");
  expect(object?.resourceDescriptions.get(5)).toBe("How <bright> ☼");
  expect(notes).toEqual([]);
});

test("a definition without a version is version 1.0, and a type of what is executed is passed over with a note", () => {
  const { objects, notes } = parse(
    file(item(0, { Operations: "E", Type: "String" }), { ObjectVersion: undefined, ObjectURN: undefined }),
  );
  expect(objects[0]?.model.version).toBe("1.0");
  expect(objects[0]?.model.resources.get(0)?.type).toBeUndefined();
  expect(notes).toEqual(["Line 16: resource 0 is executed, so its type String was left out."]);
});

describe("text in other encodings", () => {
  const text = file(item(0, { Name: "Größe" }));
  const utf16 = (mark: boolean, little: boolean) => {
    const units = [...(mark ? "\ufeff" : ""), ...text.replace("utf-8", "utf-16")].map((character) =>
      character.charCodeAt(0),
    );
    return Uint8Array.from(units.flatMap((unit) => (little ? [unit & 255, unit >> 8] : [unit >> 8, unit & 255])));
  };
  test.each([
    ["UTF-8 with a byte order mark", Uint8Array.of(0xef, 0xbb, 0xbf, ...bytesOf(text))],
    ["UTF-16 with a mark, little end first", utf16(true, true)],
    ["UTF-16 with a mark, big end first", utf16(true, false)],
    ["UTF-16 without a mark", utf16(false, true)],
    ["ISO-8859-1 as declared", Uint8Array.from([...text.replace("utf-8", "ISO-8859-1")].map((c) => c.charCodeAt(0)))],
  ])("%s is read", (_, bytes) => {
    expect(parseDdf(bytes).objects[0]?.model.resources.get(0)?.name).toBe("Größe");
  });
  test("bytes that are not what they claim, an unknown encoding and forbidden characters are refused", () => {
    expect(faultOf(Uint8Array.from([...text].map((c) => c.charCodeAt(0))))).toMatch(/not UTF-8.*Save it as UTF-8/);
    expect(faultOf(text.replace("utf-8", "EBCDIC-7"))).toMatch(/^Line 1: The encoding EBCDIC-7 is not one we read/);
    expect(faultOf(file(item(0, { Name: "a\u0000b" })))).toMatch(/^Line 14: The character U\+0000/);
    expect(faultOf(file(item(0, { Name: "a&#0;b" })))).toMatch(/&#0; is no character/);
    expect(faultOf(file(item(0, { Name: "a&#xD800;b" })))).toMatch(/is no character/);
  });
});

describe("hostile files are refused before anything is built", () => {
  const doctype = (inside: string) => file(item(0)).replace("<LWM2M>", `<!DOCTYPE LWM2M ${inside}><LWM2M>`);
  test.each([
    [
      "an external entity",
      doctype(`[<!ENTITY x SYSTEM "file:///etc/passwd">]`),
      /^Line 2: Document types and entities/,
    ],
    ["an external document type", doctype(`SYSTEM "http://192.0.2.1/a.dtd"`), /^Line 2: Document types/],
    ["entities that grow", doctype(`[<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]`), /^Line 2: Document types/],
    ["a document type after a comment", doctype("").replace("<!DOCTYPE", "<!-- x --><!DOCTYPE"), /Document types/],
    ["an entity that nobody defined", file(item(0, { Name: "&xxe;" })), /^Line 14: &xxe; is not accepted/],
    ["a plain ampersand", file(item(0, { Name: "a & b" })), /Write &amp;/],
    ["elements without end", `<LWM2M>${"<a>".repeat(1_000)}`, /more than 16 deep/],
    [
      "elements without number",
      `<LWM2M>${"<a/>".repeat(ddfLimits.elementsMax + 1)}</LWM2M>`,
      /more than 20000 elements/,
    ],
    ["a tag without end", "<LWM2M a='", /a tag does not end/i],
    ["a comment without end", "<LWM2M><!-- ", /comment does not end/],
    ["tags that cross", "<LWM2M><a></LWM2M></a>", /not well-formed/],
    ["two roots", "<LWM2M></LWM2M><LWM2M></LWM2M>", /well-formed|second root/],
    ["what is no XML", "\u007fELF and so on", /no element|not well-formed/],
    ["an empty file", "  \n", /is empty/],
    ["names of object prototypes", "<__proto__><constructor/></__proto__>", /this XML is not accepted/i],
  ])("%s", (_, text, sentence) => {
    expect(faultOf(text)).toMatch(sentence);
  });
  test("50 MB are refused by their length alone", () => {
    expect(faultOf(new Uint8Array(50 * 1024 * 1024))).toMatch(/52428800 bytes.*may have 1048576/);
  });
  test("a doctype in a comment or in CDATA is text", () => {
    expect(faultOf(file(item(0, { Description: "<!-- <!DOCTYPE a> --><![CDATA[<!ENTITY & ]]>" })))).toBe("accepted");
  });
  test("a file of the largest size costs a moment, not minutes", () => {
    const started = process.cpuUsage();
    faultOf(`<LWM2M>${"&amp;".repeat(200_000)}</LWM2M>`);
    faultOf(`<LWM2M ${" ".repeat(1_000_000)}/>`);
    faultOf(`<LWM2M>${"<".repeat(1_000_000)}`);
    faultOf(`<LWM2M>${"<a ".repeat(300_000)}`);
    expect(process.cpuUsage(started).user / 1_000).toBeLessThan(3_000);
  });
});

describe("definitions that contradict themselves or leave something out are refused, with the line", () => {
  test.each([
    ["another root", "<Objects/>", /root element is <Objects>, not <LWM2M>/],
    ["no object", "<LWM2M></LWM2M>", /no <Object>/],
    ["an object id beyond", file(item(0), { ObjectID: "65536" }), /^Line 6: "65536" is not an object id/],
    ["a negative object id", file(item(0), { ObjectID: "-1" }), /"-1" is not an object id/],
    ["no object id", file(item(0), { ObjectID: undefined }), /<Object> has no <ObjectID>/],
    [
      "two object ids",
      file(item(0)).replace("<ObjectID>", "<ObjectID>1</ObjectID><ObjectID>"),
      /<ObjectID> is there twice/,
    ],
    ["no name", file(item(0), { Name: "" }), /object 33000 has no name/i],
    ["a version that is none", file(item(0), { ObjectVersion: "one" }), /"one" is not an object version/],
    [
      "the URN of another object",
      file(item(0), { ObjectURN: "urn:oma:lwm2m:x:33001" }),
      /does not belong to object 33000/,
    ],
    [
      "the URN of another version",
      file(item(0), { ObjectVersion: "1.2" }),
      /does not belong to object 33000 version 1.2/,
    ],
    [
      "neither Multiple nor Single",
      file(item(0), { MultipleInstances: "Many" }),
      /<MultipleInstances> is "Many". Write Multiple or Single/,
    ],
    ["a resource id beyond", file(item(65_536)), /^Line 13: "65536" is not a resource id/],
    ["a resource id in words", file(item("0x5")), /"0x5" is not a resource id/],
    ["no resource id", file("<Item></Item>"), /<Item> has no ID/],
    ["a resource twice", file(item(3) + item(3)), /^Line 19: Resource 3 is there twice, first on line 13/],
    [
      "operations that exclude each other",
      file(item(0, { Operations: "RE" })),
      /^Line 15: Resource 0 has the operations "RE"/,
    ],
    ["no operations element", file(item(0, { Operations: undefined })), /<Item> has no <Operations>/],
    [
      "several of what is executed",
      file(item(0, { Operations: "E", MultipleInstances: "Multiple" })),
      /Single and not Multiple/,
    ],
    ["no type", file(item(0, { Type: "" })), /resource 0 has no type/i],
    ["a type that is none", file(item(0, { Type: "constructor" })), /the type "constructor"/],
    ["a range that nothing fits in", file(item(0, { RangeEnumeration: "10..1" })), /ends before it begins/],
  ])("%s", (_, text, sentence) => {
    expect(faultOf(text)).toMatch(sentence);
  });
  test("one object twice in one file is refused, two versions are not", () => {
    const twice = (a: string, b: string) => file(item(0)).replace("</LWM2M>", "") + b.slice(b.indexOf("<Object")) + a;
    expect(faultOf(twice("", file(item(0))))).toMatch(/object 33000 version 1.1 is there twice/i);
    const other = file(item(0), { ObjectVersion: "1.2", ObjectURN: "urn:oma:lwm2m:x:33000:1.2" });
    expect(faultOf(twice("", other))).toBe("accepted");
  });
});

test("spans are read in the spellings that the registry has; what is no span is kept for people", () => {
  expect(readDdfRange("0..255", "integer")).toBe("0..255");
  expect(readDdfRange("0-255 bytes", "string")).toBe("0..255 bytes");
  expect(readDdfRange("-1.5 .. 1.5", "float")).toBe("-1.5..1.5");
  expect(readDdfRange("0..64", "opaque")).toBe("0..64 bytes");
  expect(readDdfRange("at most 64 bytes", "string")).toBe("at most 64 bytes");
  expect(readDdfRange("9..1", "integer")).toBe("inverted");
});

test("a file of the longest kind is judged in one walk, whatever fills it", () => {
  const fill = (piece: string) => piece.repeat(Math.floor((ddfLimits.bytesMax - 40) / Buffer.byteLength(piece)));
  for (const piece of ["<!---->", "<?a?>", "</a>", "<![CDATA[]]>"]) {
    const began = performance.now();
    // A letter beyond Latin 1 makes each look through the text twice as slow.
    expect(() => parseDdf(Buffer.from(`<LWM2M>\u0436${fill(piece)}</LWM2M>`))).toThrow(DdfFault);
    expect(performance.now() - began).toBeLessThan(1_000);
  }
});
