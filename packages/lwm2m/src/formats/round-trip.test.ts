import { contentFormat } from "@lamplighter/coap/content-format";
import { decode } from "cbor2";
import { expect, test } from "vitest";
import { decodeContent, encodeContent } from "../content.ts";
import { MalformedInput } from "../malformed-input.ts";
import { instance, multiple, type Node, object, type ResourceNode, single } from "../node.ts";
import type { Path } from "../path.ts";
import { formatDecoders } from "../testing/format-decoders.ts";
import { fc } from "../testing/properties.ts";
import { multipleOfType, resourceOfType, typedContext, typedObject } from "../testing/typed-object.ts";
import { integerMax, integerMin, type ResourceType, type ResourceValue, unsignedMax } from "../value.ts";
import { decodeNode, encodeNode } from "./node-codec.ts";
import { decodeTimestamped, encodeTimestamped } from "./series.ts";

const documents = [
  ["JSON", contentFormat.json],
  ["SenML JSON", contentFormat.senmlJson],
  ["SenML CBOR", contentFormat.senmlCbor],
  ["SenML-ETCH JSON", contentFormat.senmlEtchJson],
  ["SenML-ETCH CBOR", contentFormat.senmlEtchCbor],
  ["LwM2M CBOR", contentFormat.lwm2mCbor],
] as const;
const every = [...documents, ["CBOR", contentFormat.cbor]] as const;

const id = fc.integer({ min: 0, max: 65_534 });
const values: { readonly [type in ResourceType]: fc.Arbitrary<ResourceValue> } = {
  string: fc.record({ type: fc.constant("string"), value: fc.string({ unit: "binary" }) }),
  integer: fc.record({ type: fc.constant("integer"), value: fc.bigInt(integerMin, integerMax) }),
  unsigned: fc.record({ type: fc.constant("unsigned"), value: fc.bigInt(0n, unsignedMax) }),
  float: fc.record({
    type: fc.constant("float"),
    value: fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.float({ noNaN: true, noDefaultInfinity: true }),
    ),
  }),
  boolean: fc.record({ type: fc.constant("boolean"), value: fc.boolean() }),
  opaque: fc.record({ type: fc.constant("opaque"), value: fc.uint8Array({ maxLength: 600 }) }),
  time: fc.record({ type: fc.constant("time"), value: fc.bigInt(integerMin, integerMax) }),
  objlnk: fc.record({
    type: fc.constant("objlnk"),
    value: fc.record({ object: fc.integer({ min: 0, max: 65_535 }), instance: fc.integer({ min: 0, max: 65_535 }) }),
  }),
  corelnk: fc.record({ type: fc.constant("corelnk"), value: fc.constant('</3/0>;ver=1.1,</"\\>') }),
};

const singles = fc.oneof(...Object.values(values)).map((value) => single(resourceOfType(value.type), value));
const multiples = fc.oneof(
  ...Object.entries(values).map(([type, value]) =>
    fc
      .array(fc.tuple(id, value), { minLength: 1, maxLength: 5 })
      .map((entries) => multiple(multipleOfType(type as ResourceType), new Map(entries))),
  ),
);
const resource: fc.Arbitrary<ResourceNode> = fc.oneof(singles, multiples);
const instances = fc
  .tuple(id, fc.array(resource, { minLength: 1, maxLength: 12 }))
  .map(([number, resources]) => instance(number, resources));

/** A node of any level with the path at which it stands. */
const placed: fc.Arbitrary<{ readonly node: Node; readonly path: Path }> = fc.oneof(
  fc
    .array(instances, { minLength: 1, maxLength: 3 })
    .map((nodes) => ({ node: object(typedObject.id, nodes), path: { object: typedObject.id } })),
  instances.map((node) => ({ node, path: { object: typedObject.id, instance: node.instance } })),
  fc.tuple(id, resource).map(([number, node]) => ({
    node,
    path: { object: typedObject.id, instance: number, resource: node.resource },
  })),
);
const oneValue: fc.Arbitrary<{ readonly node: Node; readonly path: Path }> = fc
  .tuple(id, singles)
  .map(([number, node]) => ({ node, path: { object: typedObject.id, instance: number, resource: node.resource } }));
const oneOfSeveral: fc.Arbitrary<{ readonly node: Node; readonly path: Path }> = fc
  .tuple(id, id, fc.oneof(...Object.values(values)))
  .map(([number, resourceInstance, value]) => ({
    node: { kind: "resource-instance", resourceInstance, value },
    path: { object: typedObject.id, instance: number, resource: multipleOfType(value.type), resourceInstance },
  }));

test.each(documents)("what is written in %s is read again as it was", (_, format) => {
  fc.assert(
    fc.property(placed, ({ node, path }) => {
      expect(decodeNode(encodeNode(node, format, path), format, path, typedContext)).toEqual(node);
    }),
  );
});

test.each(every)("one value in %s is read again as it was, whatever its type", (_, format) => {
  fc.assert(
    fc.property(fc.oneof(oneValue, oneOfSeveral), ({ node, path }) => {
      expect(decodeNode(encodeNode(node, format, path), format, path, typedContext)).toEqual(node);
    }),
  );
});

test("what is written in TLV is read again as it was, at every level", () => {
  fc.assert(
    fc.property(fc.oneof(placed, oneOfSeveral), ({ node, path }) => {
      const written = encodeContent(node, contentFormat.tlv, { path });
      expect(decodeContent(written, contentFormat.tlv, path, typedObject)).toEqual(node);
    }),
  );
});

test("one value in plain text is read again as it was, whatever its type, and bytes as they are", () => {
  fc.assert(
    fc.property(fc.oneof(oneValue, oneOfSeveral), ({ node, path }) => {
      const written = encodeContent(node, contentFormat.text, { path });
      expect(decodeContent(written, contentFormat.text, path, typedObject)).toEqual(node);
    }),
  );
  fc.assert(
    fc.property(values.opaque, (value) => {
      const node = single(resourceOfType("opaque"), value);
      const path = { object: typedObject.id, instance: 0, resource: node.resource };
      const written = encodeContent(node, contentFormat.opaque, { path });
      expect(decodeContent(written, contentFormat.opaque, path, typedObject)).toEqual(node);
    }),
  );
});

test.each([contentFormat.json, contentFormat.senmlJson, contentFormat.senmlCbor])(
  "a series of moments in format %i is read again as it was",
  (format) => {
    const moment = fc.oneof(fc.constant(undefined), fc.double({ min: 2 ** 28, max: 2 ** 40, noNaN: true }));
    fc.assert(
      fc.property(fc.array(fc.tuple(moment, values.float), { minLength: 1 }), (samples) => {
        const series = samples.map(([time, value]) => ({
          path: { object: typedObject.id, instance: 0, resource: resourceOfType("float") },
          value,
          ...(time !== undefined && { time }),
        }));
        expect(decodeTimestamped(encodeTimestamped(series, format), format, undefined, typedContext)).toEqual(series);
      }),
    );
  },
);

test.each([contentFormat.cbor, contentFormat.senmlCbor, contentFormat.lwm2mCbor])(
  "another decoder reads what is written in format %i",
  (format) => {
    fc.assert(
      fc.property(oneValue, ({ node, path }) => {
        expect(() => decode(encodeNode(node, format, path), { rejectDuplicateKeys: true })).not.toThrow();
      }),
    );
  },
);

test("a changed byte anywhere is read or refused, and nothing else happens", () => {
  const decoders = formatDecoders();
  fc.assert(
    fc.property(
      placed,
      fc.nat(),
      fc.integer({ min: 0, max: 255 }),
      fc.constantFrom(...decoders),
      ({ node, path }, at, byte, { format, decode: read }) => {
        const bytes =
          format === contentFormat.cbor || format === 1543 ? new Uint8Array(9) : encodeNode(node, format, path);
        bytes[at % bytes.length] = byte;
        readOrRefuse(read, bytes);
        readOrRefuse(read, bytes.subarray(0, at % bytes.length));
      },
    ),
    { numRuns: 500 },
  );
});

test("any bytes at all are read or refused, and nothing else happens", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.constantFrom(...formatDecoders()), (bytes, { decode: read }) => {
      readOrRefuse(read, bytes);
    }),
    { numRuns: 1_000 },
  );
});

function readOrRefuse(read: (bytes: Uint8Array) => unknown, bytes: Uint8Array): void {
  try {
    read(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(MalformedInput);
  }
}
