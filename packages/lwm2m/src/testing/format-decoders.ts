import { contentFormat } from "@lamplighter/coap/content-format";
import { decodeComposite, decodeCompositeWrite, decodePaths } from "../formats/composite.ts";
import { legacyJson } from "../formats/content-formats.ts";
import { decodeNode } from "../formats/node-codec.ts";
import type { ReadingContext } from "../formats/reading-context.ts";
import { decodeTimestamped } from "../formats/series.ts";
import { type Path, parsePath } from "../path.ts";
import { typedContext } from "./typed-object.ts";

/** A decoder with its parameters settled, for tests that throw bytes at it. It may throw `MalformedInput` alone. */
export interface FormatDecoder {
  readonly name: string;
  readonly format: number;
  readonly decode: (bytes: Uint8Array) => unknown;
}

const formats: readonly number[] = [
  contentFormat.cbor,
  contentFormat.senmlJson,
  contentFormat.senmlCbor,
  contentFormat.senmlEtchJson,
  contentFormat.senmlEtchCbor,
  contentFormat.json,
  legacyJson,
  contentFormat.lwm2mCbor,
];
const places: readonly Path[] = ["/30000", "/30000/0", "/30000/0/11", "/30000/0/11/0", "/65000/1/2"].map(parsePath);
const context: ReadingContext = { ...typedContext, rootPath: ["lwm2m"] };

/** Every decoder of the content formats, in each of its uses. */
export function formatDecoders(): FormatDecoder[] {
  return formats.flatMap((format): FormatDecoder[] => [
    ...places.map((place) => ({
      name: `${format} at /${Object.values(place).join("/")}`,
      format,
      decode: (bytes: Uint8Array) => decodeNode(bytes, format, place, context),
    })),
    { name: `${format} as a series`, format, decode: (bytes) => decodeTimestamped(bytes, format, undefined, context) },
    { name: `${format} as paths`, format, decode: (bytes) => decodePaths(bytes, format, context) },
    { name: `${format} composite`, format, decode: (bytes) => decodeComposite(bytes, format, ["/"], context) },
    { name: `${format} written`, format, decode: (bytes) => decodeCompositeWrite(bytes, format, context) },
  ]);
}
