import { decodeMessage, encodeMessage, MalformedMessage } from "@lamplighter/coap/codec";
import { contentFormat } from "@lamplighter/coap/content-format";
import { decodeContent } from "../src/content.ts";
import { parseDdf } from "../src/ddf/ddf.ts";
import { formatLinks, parseLinks } from "../src/link-format.ts";
import { MalformedInput } from "../src/malformed-input.ts";
import { knownObjects } from "../src/models/known-objects.ts";
import { type Path, parsePath } from "../src/path.ts";
import { parseRegister, parseUpdate } from "../src/registration-request.ts";
import { decodeTlv, encodeTlv } from "../src/tlv.ts";
import { decodeUtf8 } from "../src/tlv-value.ts";
import { datagrams, definitionFiles, linkLists, texts, tlvDocuments } from "./corpus.ts";
import type { FuzzTarget } from "./measure.ts";

const models = knownObjects();

/** Paths of every level and of resources of every type, known and unknown. */
const paths: readonly Path[] = [
  "/3",
  "/3/0",
  "/3/0/0",
  "/3/0/9",
  "/3/0/11",
  "/3/0/11/0",
  "/3/0/13",
  "/3303/0/5700",
  "/3311/0/5850",
  "/5/0/0",
  "/6/0/0",
  "/9/0/12",
  "/65000/1/2",
].map(parsePath);

/** The parsers that a datagram may reach, each by itself. */
export function parsers(): FuzzTarget[] {
  return [
    guarded("CoAP message", datagrams(), (input) => {
      encodeMessage(decodeMessage(input));
    }),
    guarded("TLV", tlvDocuments(), (input) => {
      const entries = decodeTlv(input);
      const again = decodeTlv(encodeTlv(entries));
      if (again.length !== entries.length) throw new Error("TLV written from what was read reads as something else");
    }),
    content("TLV as content", contentFormat.tlv, tlvDocuments()),
    content("plain text as content", contentFormat.text, texts()),
    guarded("link format", linkLists(), (input) => {
      const links = parseLinks(decodeUtf8(input, "links"));
      if (parseLinks(formatLinks(links)).length !== links.length) {
        throw new Error("links written from what was read read as something else");
      }
    }),
    guarded("object definition file", definitionFiles(), (input) => {
      parseDdf(input);
    }),
    guarded("Register and Update", linkLists(), (input) => {
      const text = new TextDecoder().decode(input);
      const query = ["lwm2m=1.1", ...text.split(/[&,;]/).slice(0, 40)];
      refused(() => parseRegister(["ep=a", "lwm2m=1.1"], input));
      refused(() => parseRegister(query, input));
      parseUpdate(query, input);
    }),
  ];
}

/** A content format at every path in turn: by what it is read decides what is wrong with it. */
export function content(name: string, format: number, corpus: readonly Uint8Array[]): FuzzTarget {
  let turn = 0;
  return guarded(name, corpus, (input) => {
    const path = paths[turn++ % paths.length]!;
    decodeContent(input, format, path, models.find(path.object));
  });
}

/** A parser whose edge is its caller: what it throws by design is malformed input, and nothing else. */
export function guarded(fuzz: string, corpus: readonly Uint8Array[], read: (input: Uint8Array) => void): FuzzTarget {
  return { fuzz, corpus, take: (input) => refused(() => read(input)) };
}

function refused(read: () => void): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof MalformedInput) && !(error instanceof MalformedMessage)) throw error;
  }
}
