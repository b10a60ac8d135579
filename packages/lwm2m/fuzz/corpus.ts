import { readFileSync } from "node:fs";
import { join } from "node:path";
import { encodeMessage } from "@lamplighter/coap/codec";
import { ACK, CON, type Message, NON, noBytes, RST } from "@lamplighter/coap/message";
import { instance, multiple, type Node, object, single } from "../src/node.ts";
import { bytes, utf8 } from "../src/testing/bytes.ts";
import { encodeTlvNode } from "../src/tlv-node.ts";
import { boolean, float, integer, opaque, text, time } from "../src/value.ts";

const fixtures = join(import.meta.dirname, "..", "src", "ddf", "fixtures");

/** Real content of every shape: what devices answer, notify and send. */
export function nodes(): Node[] {
  const device = instance(0, [
    single(0, text("Open Mobile Alliance")),
    single(3, text("1.4.0")),
    multiple(6, [integer(1), integer(5)]),
    multiple(7, [integer(3_800), integer(5_000)]),
    single(9, integer(100)),
    multiple(11, [integer(0)]),
    single(13, time(1_367_491_215)),
    single(16, text("U")),
  ]);
  return [
    device,
    object(3, [device]),
    object(3303, [instance(0, [single(5700, float(21.5))]), instance(1, [single(5700, float(-3.25))])]),
    instance(0, [single(5850, boolean(true)), single(5851, integer(40))]),
    single(9, integer(85)),
    multiple(11, [integer(0), integer(3)]),
    single(0, opaque(Uint8Array.from({ length: 300 }, (_, index) => index & 0xff))),
    { kind: "resource-instance", resourceInstance: 3, value: text("x") },
  ];
}

/** TLV by our encoder, and documents that the OMA conformance suite prints. */
export function tlvDocuments(): Uint8Array[] {
  return [
    ...nodes().map((node) => encodeTlvNode(node)),
    bytes("C1 02 65 C2 03 03 F2 C2 05 07 D0 C1 06 01 C1 07 55"),
    bytes("C4 0D 51 82 42 8F C6 0E 2B 30 32 3A 30 30 C8 0F 0C 45 75 72 6F 70 65 2F 50 61 72 69 73"),
    bytes("03 00 C1 01 3C"),
    bytes("83 0B 41 00 00"),
    bytes("E8 16 44 08 40 35 80 00 00 00 00 00"),
  ];
}

export function texts(): Uint8Array[] {
  return [
    "85",
    "-9223372036854775808",
    "18446744073709551615",
    "21.5",
    "-0.001",
    "1",
    "0",
    "true",
    "AQIDBA==",
    "10:03",
    "Lampe am Rathausplatz ☀",
    "1367491215",
    "</3/0>,</5/0>",
  ].map(utf8);
}

export function linkLists(): Uint8Array[] {
  return [
    "</1/0>,</3/0>,</5/0>",
    '</>;rt="oma.lwm2m";ct="110 112 11542",</1/0>,</3/0>;ver=1.1,</5>;ver="1.0",</5/0>',
    '</lwm2m>;rt="oma.lwm2m";ct=11543,</lwm2m/1/0>,</lwm2m/3/0>',
    "</3/0>;pmin=10;pmax=60,</3/0/9>;dim=2;gt=30.5;lt=-10;st=0.5",
    "lt=300&lwm2m=1.1&b=UQ&Q&sms=4912345&ep=light-1",
    `${Array.from({ length: 40 }, (_, index) => `</3303/${index}>`).join()}`,
  ].map(utf8);
}

/** Object definitions as OMA's registry has them, with everything in them that a reader may stumble over. */
export function definitionFiles(): Uint8Array[] {
  const resource = (id: number, type: string, range: string) =>
    `<Item ID="${id}"><Name>Thing ${id}</Name><Operations>RW</Operations><MultipleInstances>Multiple</MultipleInstances><Mandatory>Optional</Mandatory><Type>${type}</Type><RangeEnumeration>${range}</RangeEnumeration><Units>s</Units><Description><![CDATA[a < b]]></Description></Item>`;
  const file = (inside: string, before = "") =>
    `<?xml version="1.0" encoding="utf-8"?>${before}<LWM2M><Object ObjectType="MODefinition"><Name>Bench</Name><Description1>A bench &amp; a light</Description1><ObjectID>33000</ObjectID><ObjectURN>urn:oma:lwm2m:x:33000:1.1</ObjectURN><LWM2MVersion>1.1</LWM2MVersion><ObjectVersion>1.1</ObjectVersion><MultipleInstances>Multiple</MultipleInstances><Mandatory>Optional</Mandatory><Resources>${inside}</Resources><Description2></Description2></Object></LWM2M>`;
  return [
    file(resource(0, "Integer", "0..255") + resource(1, "String", "0..32 bytes") + resource(2, "Objlnk", "")),
    file(
      resource(5, "Float", "-90.0..90.0") +
        resource(6, "Boolean", "") +
        resource(7, "Opaque", "") +
        resource(8, "Time", ""),
    ),
    file(resource(1, "Unsigned Integer", "1,2,3"), "<!-- a comment -->"),
    file("&a;", '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'),
    ...["bench-heater.xml", "two-objects.xml"].map((name) => readFileSync(join(fixtures, name), "utf8")),
  ].map(utf8);
}

/** Messages of every kind: requests, answers, notifications, blocks, pings. */
export function datagrams(): Uint8Array[] {
  return messages().map((message) =>
    encodeMessage({
      type: CON,
      code: 0,
      messageId: 4_711,
      token: noBytes,
      options: [],
      payload: noBytes,
      ...message,
    }),
  );
}

const option = (number: number, value: string | readonly number[]) => ({
  number,
  value: typeof value === "string" ? utf8(value) : Uint8Array.from(value),
});

function messages(): Partial<Message>[] {
  const rd = option(11, "rd");
  const register = [rd, option(12, [40]), ...["ep=light-1", "lt=300", "lwm2m=1.1", "b=U"].map((q) => option(15, q))];
  const token = bytes("0102030405060708");
  const list = utf8("</1/0>,</3/0>,</5/0>,</3311/0>");
  return [
    { code: 2, token, options: register, payload: list },
    { code: 2, token, options: [...register, option(27, [0x08])], payload: list.subarray(0, 16) },
    { code: 2, token, options: [...register, option(27, [0x10])], payload: list.subarray(16) },
    { code: 2, token, options: [rd, option(11, "abcdefghijklmnop"), option(15, "lt=60")] },
    { code: 4, token, options: [rd, option(11, "abcdefghijklmnop")] },
    { code: 2, token, options: [option(11, "bs"), option(15, "ep=light-1"), option(15, "pct=112")] },
    { code: 2, token, options: [option(11, "dp"), option(12, [110])], payload: utf8('[{"n":"/3/0/9","v":85}]') },
    {
      code: 2,
      type: NON,
      token,
      options: [option(11, "dp"), option(12, [112])],
      payload: bytes("81 A2 00 66 2F33302F39 02 1855"),
    },
    { code: 1, token, options: [option(11, ".well-known"), option(11, "core"), option(17, [40])] },
    { code: 1, token, options: [option(6, []), option(11, "3"), option(11, "0"), option(23, [0x06])] },
    { code: 5, token, options: [option(12, [112]), option(17, [112])], payload: bytes("82 A1 00 64 2F332F30") },
    { type: ACK, code: 0x45, token, options: [option(12, [0x2d, 0x16])], payload: bytes("C1 09 55") },
    { type: ACK, code: 0x45, token, options: [option(6, [1]), option(12, [])], payload: utf8("85") },
    { type: NON, code: 0x45, token, options: [option(6, [2]), option(12, [])], payload: utf8("86") },
    { type: ACK, code: 0x45, token, options: [option(12, [40]), option(23, [0x0e])], payload: utf8("</3/0>,") },
    { type: ACK, code: 0x41, token, options: [rd, option(8, "rd"), option(8, "abcdefghijklmnop")] },
    { type: ACK, code: 0x84, token, payload: utf8("nothing here") },
    { type: ACK, code: 0x5f, token, options: [option(27, [0x0e])] },
    { type: ACK, code: 0x8d, token, options: [option(27, [0x06]), option(60, [0x20, 0x00])] },
    { type: ACK },
    { type: CON },
    { type: RST },
  ];
}
