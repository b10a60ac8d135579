import { contentFormat } from "@lamplighter/coap/content-format";
import {
  decodeComposite,
  decodeCompositeWrite,
  decodePaths,
  encodeCompositeWrite,
  encodePaths,
} from "../src/formats/composite.ts";
import { decodeNode, encodeNode } from "../src/formats/node-codec.ts";
import type { ReadingContext } from "../src/formats/reading-context.ts";
import { decodeTimestamped, encodeTimestamped } from "../src/formats/series.ts";
import { knownObjects } from "../src/models/known-objects.ts";
import { instance, multiple, type Node, object, single } from "../src/node.ts";
import { type Path, parsePath } from "../src/path.ts";
import { boolean, float, integer, opaque, text, time } from "../src/value.ts";
import type { FuzzTarget } from "./measure.ts";
import { guarded } from "./parsers.ts";

const models = knownObjects();
const context: ReadingContext = { modelOf: (id) => models.find(id), nowSeconds: 1_900_000_000 };

const device = instance(0, [
  single(0, text("Open Mobile Alliance")),
  multiple(6, [integer(1), integer(5)]),
  single(9, integer(100)),
  multiple(11, [integer(0)]),
  single(13, time(1_367_491_215)),
]);
const places: readonly (readonly [path: string, node: Node])[] = [
  ["/3", object(3, [device])],
  ["/3/0", device],
  ["/3/0/9", single(9, integer(85))],
  ["/3/0/11", multiple(11, [integer(0), integer(3)])],
  ["/3/0/11/1", { kind: "resource-instance", resourceInstance: 1, value: integer(7) }],
  ["/3303", object(3303, [instance(0, [single(5700, float(21.5))]), instance(1, [single(5700, float(-3.25))])])],
  ["/3303/0/5700", single(5700, float(0.1))],
  ["/3311/0", instance(0, [single(5850, boolean(true)), single(5851, integer(40))])],
  ["/5/0/0", single(0, opaque(Uint8Array.from({ length: 60 }, (_, index) => index)))],
  ["/65000/1/2", single(2, text("nobody knows it"))],
];

const formats = {
  "SenML JSON": contentFormat.senmlJson,
  "SenML CBOR": contentFormat.senmlCbor,
  "OMA JSON": contentFormat.json,
  CBOR: contentFormat.cbor,
  "LwM2M CBOR": contentFormat.lwm2mCbor,
  "SenML-ETCH JSON": contentFormat.senmlEtchJson,
  "SenML-ETCH CBOR": contentFormat.senmlEtchCbor,
};

/** Every format of a device's content, read as the answer to a read, as values with their times, and as composite content. */
export function formatTargets(): FuzzTarget[] {
  return Object.entries(formats).map(([name, format]) => {
    let turn = 0;
    return guarded(name, corpusOf(format), (input) => {
      const path = parsePath(places[turn++ % places.length]![0]);
      for (const read of readers(format, path)) read(input);
    });
  });
}

/** Each in a call of its own: what one refuses, another may still fail at. */
function readers(format: number, path: Path): ((input: Uint8Array) => void)[] {
  const isEtch = format === contentFormat.senmlEtchJson || format === contentFormat.senmlEtchCbor;
  const isComposite = format !== contentFormat.cbor && format !== contentFormat.json;
  const each: ((input: Uint8Array) => unknown)[] = [
    (input) => decodeNode(input, format, path, context),
    (input) => decodeTimestamped(input, format, undefined, context),
  ];
  if (isComposite) {
    each.push(
      (input) => decodeComposite(input, format, ["/"], context),
      (input) => decodeComposite(input, format, [path, parsePath("/3/0")], { ...context, rootPath: ["lwm2m"] }),
      (input) => decodeCompositeWrite(input, format, { ...context, mayLeaveInstanceOpen: true }),
    );
  }
  if (isEtch || format === contentFormat.senmlJson || format === contentFormat.senmlCbor) {
    each.push((input) => decodePaths(input, format, context));
  }
  return each.map((read) => guarded("", [], read).take);
}

function corpusOf(format: number): Uint8Array[] {
  const written: Uint8Array[] = [];
  const add = (write: () => Uint8Array) => {
    try {
      written.push(write());
    } catch (error) {
      // A format that cannot say this has one document fewer.
      if (!(error instanceof RangeError)) throw error;
    }
  };
  for (const [path, node] of places) {
    add(() => encodeNode(node, format, parsePath(path)));
    add(() => encodeNode(node, format, parsePath(path), { rootPath: ["lwm2m"] }));
  }
  add(() => encodePaths(["/", ...places.map(([path]) => parsePath(path))], format));
  const values = [
    { path: parsePath("/3/0/9"), value: integer(85), time: 1_899_999_000 },
    { path: parsePath("/3303/0/5700"), value: float(21.5) },
  ];
  add(() => encodeTimestamped(values, format));
  add(() => encodeCompositeWrite([{ path: parsePath("/3/0/11/1"), value: "delete" }, values[1]!], format));
  if (written.length === 0) throw new Error(`content format ${format} writes nothing`);
  return written;
}
