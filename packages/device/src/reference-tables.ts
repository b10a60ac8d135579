import type { FirmwareMachine } from "./firmware-machine.ts";
import { protocolNumbers } from "./image-source.ts";
import type { LightIdentity } from "./light-identity.ts";

export const tlvFormat = "application/vnd.oma.lwm2m+tlv";
export const linkFormat = "application/link-format";

/** A value of one of its tables; several numbers are a resource with several instances. */
type TableValue = string | number | readonly number[];
/** Resources by number, of the only instance of each object. */
export type ReferenceTables = Readonly<Record<string, ReadonlyMap<number, TableValue>>>;

/** What is answered: a text, TLV or links. */
export interface ReferenceAnswer {
  readonly code: string;
  readonly text?: string;
  readonly tlv?: Buffer;
  readonly links?: string;
}

/** Objects and resources that may be executed or written and not read. */
const unreadable: readonly string[] = ["5/0", "5/2", "3/4"];

/** All that a reference light tells of itself, as it is now. */
export function referenceTables({
  identity,
  lifetimeSeconds,
  fetches,
  firmware,
  firmwareVersion,
  uri,
  level,
}: {
  readonly identity: LightIdentity;
  readonly lifetimeSeconds: number;
  readonly fetches: "coap" | "http" | undefined;
  readonly firmware: FirmwareMachine;
  readonly firmwareVersion: string;
  /** Where it fetches an image from; empty when it does not. */
  readonly uri: string;
  /** Of its lamp, in percent. */
  readonly level: number;
}): ReferenceTables {
  return {
    1: new Map<number, TableValue>([
      [0, 1],
      [1, lifetimeSeconds],
      [7, "U"],
    ]),
    3: new Map<number, TableValue>([
      [0, identity.manufacturer],
      [1, identity.model],
      [2, identity.serialNumber],
      [3, firmwareVersion],
      [16, "U"],
      [18, identity.hardwareRevision],
    ]),
    4: new Map([
      [0, 7],
      [2, -90],
      [8, identity.cellId],
    ]),
    5: new Map<number, TableValue>([
      [1, uri],
      [3, firmware.state],
      [5, firmware.result],
      [9, fetches ? 0 : 1],
      ...(fetches ? ([[8, [protocolNumbers[fetches]]]] as const) : []),
    ]),
    6: new Map([
      [0, String(identity.latitude)],
      [1, String(identity.longitude)],
    ]),
    3416: new Map([
      [1, level],
      [2, level],
      [3, level],
    ]),
  };
}

/** What stands at a path, in the format that was asked for; without a wish, text for one value and TLV for more. */
export function represented(tables: ReferenceTables, path: string, accept: unknown): ReferenceAnswer {
  const answer = readTables(tables, path);
  if (answer.code !== "2.05" || accept === undefined) return answer;
  const [, object = "", instance, resource] = path.split("/");
  const resources = tables[object] ?? new Map<number, TableValue>();
  if (accept === linkFormat) {
    const all = [...resources.keys()].map((id) => `</${object}/0/${id}>`);
    if (resource !== undefined) return { code: "2.05", links: `<${path}>` };
    return { code: "2.05", links: [...(instance ? [] : [`</${object}>`]), `</${object}/0>`, ...all].join(",") };
  }
  const value = resources.get(Number(resource));
  if (accept === tlvFormat && value !== undefined) {
    return { code: "2.05", tlv: tlvResource(Number(resource), object, value) };
  }
  const isServed = accept === (answer.tlv ? tlvFormat : "text/plain");
  return isServed ? answer : { code: "4.06" };
}

/** What stands at a path: text for one value and TLV for more; 4.04 and 4.05 for what is not there and what is not read. */
export function readTables(tables: ReferenceTables, path: string): ReferenceAnswer {
  const [, object = "", instance, resource] = path.split("/");
  const resources = tables[object];
  if (!resources || (instance !== undefined && instance !== "0")) return { code: "4.04" };
  if (resource === undefined) {
    const body = Buffer.concat([...resources].map(([id, value]) => tlvResource(id, object, value)));
    return { code: "2.05", tlv: instance === undefined ? tlv(0, 0, body) : body };
  }
  const value = resources.get(Number(resource));
  if (typeof value === "object") return { code: "2.05", tlv: tlvResource(Number(resource), object, value) };
  if (value !== undefined) return { code: "2.05", text: String(value) };
  return { code: unreadable.includes(`${object}/${resource}`) ? "4.05" : "4.04" };
}

/** Type bits 7–6: 00 object instance, 01 resource instance, 10 and 11 resource with several values and with one (OMA TS Core 1.1 §7.4.3). */
function tlv(kind: 0 | 1 | 2 | 3, id: number, value: Buffer): Buffer {
  const idBytes = id > 255 ? 2 : 1;
  const lengthBytes = value.length < 8 ? 0 : value.length < 256 ? 1 : 2;
  const head = Buffer.alloc(1 + idBytes + lengthBytes);
  head[0] = (kind << 6) | ((idBytes - 1) << 5) | (lengthBytes << 3) | (lengthBytes === 0 ? value.length : 0);
  head.writeUIntBE(id, 1, idBytes);
  if (lengthBytes > 0) head.writeUIntBE(value.length, 1 + idBytes, lengthBytes);
  return Buffer.concat([head, value]);
}

function tlvResource(id: number, object: string, value: TableValue): Buffer {
  if (typeof value === "object") return tlv(2, id, Buffer.concat(value.map((each, at) => tlv(1, at, Buffer.of(each)))));
  if (object === "6") {
    const float = Buffer.alloc(8);
    float.writeDoubleBE(Number(value));
    return tlv(3, id, float);
  }
  if (typeof value === "string") return tlv(3, id, Buffer.from(value));
  const bytes = value >= -128 && value < 128 ? 1 : value >= -32_768 && value < 32_768 ? 2 : 4;
  const integer = Buffer.alloc(bytes);
  integer.writeIntBE(value, 0, bytes);
  return tlv(3, id, integer);
}
