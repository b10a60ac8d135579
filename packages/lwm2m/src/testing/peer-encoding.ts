/**
 * What the conformance client writes and reads, on its own: it shares no code with the formats that it judges.
 *
 * Only what the client needs: whole numbers up to 32 bits, 64-bit floats, texts, truth values, bytes.
 */
export type PeerValue = string | number | boolean | Uint8Array | { readonly float: number } | { readonly link: string };

/** One value and where it stands: `/3/0/11/0`. */
export interface PeerRecord {
  readonly path: string;
  /** Undefined where a format names a path without a value, as a Read-Composite does. */
  readonly value: PeerValue | undefined;
}

const utf8 = (text: string) => [...new TextEncoder().encode(text)];

export function plainText(value: PeerValue): Uint8Array {
  if (value instanceof Uint8Array) return Uint8Array.from(utf8(Buffer.from(value).toString("base64")));
  if (typeof value === "boolean") return Uint8Array.from(utf8(value ? "1" : "0"));
  return Uint8Array.from(
    utf8(String(typeof value === "object" ? ("float" in value ? value.float : value.link) : value)),
  );
}

/** Reads plain text as the kind of value that stands there now. */
export function fromText(bytes: Uint8Array, like: PeerValue | undefined): PeerValue {
  const text = new TextDecoder().decode(bytes);
  if (typeof like === "number") return Number(text);
  if (typeof like === "boolean") return text === "1";
  if (like instanceof Uint8Array) return Uint8Array.from(Buffer.from(text, "base64"));
  if (typeof like === "object") return "float" in like ? { float: Number(text) } : { link: text };
  return text;
}

export function rawBytes(value: PeerValue): number[] {
  if (value instanceof Uint8Array) return [...value];
  if (typeof value === "string") return utf8(value);
  if (typeof value === "boolean") return [value ? 1 : 0];
  if (typeof value === "number") {
    const bytes = value >= -128 && value < 128 ? 1 : value >= -32_768 && value < 32_768 ? 2 : value < 2 ** 31 ? 4 : 8;
    return Array.from({ length: bytes }, (_, index) =>
      Number((BigInt(value) >> BigInt(8 * (bytes - 1 - index))) & 255n),
    );
  }
  if ("link" in value) return value.link.split(":").flatMap((id) => [Number(id) >> 8, Number(id) & 255]);
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value.float);
  return [...new Uint8Array(view.buffer)];
}

export function fromRaw(bytes: Uint8Array, like: PeerValue | undefined): PeerValue {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (typeof like === "number") {
    return bytes.length === 1 ? view.getInt8(0) : bytes.length === 2 ? view.getInt16(0) : view.getInt32(0);
  }
  if (typeof like === "boolean") return bytes[0] === 1;
  if (typeof like === "string" || like === undefined) return new TextDecoder().decode(bytes);
  if (like instanceof Uint8Array) return Uint8Array.from(bytes);
  if ("link" in like) return { link: `${view.getUint16(0)}:${view.getUint16(2)}` };
  return { float: bytes.length === 4 ? view.getFloat32(0) : view.getFloat64(0) };
}

/** One TLV: `kind` is 0 object instance, 1 resource instance, 2 multiple resource, 3 resource. */
export function tlv(kind: number, id: number, value: readonly number[]): number[] {
  const size = value.length < 8 ? 0 : value.length < 256 ? 1 : 2;
  const type = (kind << 6) | (id > 255 ? 0x20 : 0) | (size << 3) | (size === 0 ? value.length : 0);
  const length = size === 0 ? [] : size === 1 ? [value.length] : [value.length >> 8, value.length & 255];
  return [type, ...(id > 255 ? [id >> 8] : []), id & 255, ...length, ...value];
}

export interface Tlv {
  readonly kind: number;
  readonly id: number;
  readonly value: Uint8Array;
}

export function readTlv(bytes: Uint8Array): Tlv[] {
  const found: Tlv[] = [];
  for (let at = 0; at < bytes.length; ) {
    const type = bytes[at++]!;
    let id = bytes[at++]!;
    if (type & 0x20) id = (id << 8) | bytes[at++]!;
    let length = type & 7;
    const size = (type >> 3) & 3;
    if (size > 0) length = 0;
    for (let index = 0; index < size; index++) length = (length << 8) | bytes[at++]!;
    found.push({ kind: type >> 6, id, value: bytes.subarray(at, at + length) });
    at += length;
  }
  return found;
}

interface SenmlEntry {
  bn?: string;
  n?: string;
  v?: number;
  vs?: string;
  vb?: boolean;
  vd?: string | Uint8Array;
  vlo?: string;
}

function entry({ path, value }: PeerRecord): SenmlEntry {
  if (value === undefined) return { n: path };
  if (typeof value === "number") return { n: path, v: value };
  if (typeof value === "string") return { n: path, vs: value };
  if (typeof value === "boolean") return { n: path, vb: value };
  if (value instanceof Uint8Array) return { n: path, vd: value };
  return "float" in value ? { n: path, v: value.float } : { n: path, vlo: value.link };
}

function records(entries: readonly SenmlEntry[]): PeerRecord[] {
  let base = "";
  return entries.map(({ bn, n = "", v, vs, vb, vd, vlo }) => {
    base = bn ?? base;
    const bytes = typeof vd === "string" ? Uint8Array.from(Buffer.from(vd, "base64url")) : vd;
    return { path: base + n, value: v ?? vs ?? vb ?? bytes ?? (vlo === undefined ? undefined : { link: vlo }) };
  });
}

export function senmlJson(values: readonly PeerRecord[]): Uint8Array {
  const text = JSON.stringify(values.map(entry), (_, value) =>
    value instanceof Uint8Array ? Buffer.from(value).toString("base64url") : value,
  );
  return Uint8Array.from(utf8(text));
}

export function readSenmlJson(bytes: Uint8Array): PeerRecord[] {
  return records(JSON.parse(new TextDecoder().decode(bytes)));
}

const labels: Readonly<Record<string, number>> = { bn: -2, n: 0, v: 2, vs: 3, vb: 4, vd: 8 };

export function senmlCbor(values: readonly PeerRecord[]): Uint8Array {
  return Uint8Array.from([
    ...head(4, values.length),
    ...values.flatMap((value) => {
      const fields = Object.entries(entry(value));
      return [
        ...head(5, fields.length),
        ...fields.flatMap(([name, field]) => [
          ...(name === "vlo" ? cbor("vlo") : cbor(labels[name]!)),
          ...cbor(typeof field === "number" && typeof value.value === "object" ? { float: field } : field),
        ]),
      ];
    }),
  ]);
}

export function readSenmlCbor(bytes: Uint8Array): PeerRecord[] {
  const names = new Map<unknown, string>(Object.entries(labels).map(([name, label]) => [label, name]));
  const list = readCbor(bytes) as Map<unknown, unknown>[];
  return records(
    list.map((map) => Object.fromEntries([...map].map(([key, value]) => [names.get(key) ?? String(key), value]))),
  );
}

function head(major: number, argument: number): number[] {
  if (argument < 24) return [(major << 5) | argument];
  if (argument < 256) return [(major << 5) | 24, argument];
  if (argument < 65_536) return [(major << 5) | 25, argument >> 8, argument & 255];
  return [(major << 5) | 26, ...[24, 16, 8, 0].map((shift) => (argument >>> shift) & 255)];
}

export function cbor(value: PeerValue): number[] {
  if (value instanceof Uint8Array) return [...head(2, value.length), ...value];
  if (typeof value === "string") return [...head(3, utf8(value).length), ...utf8(value)];
  if (typeof value === "boolean") return [value ? 0xf5 : 0xf4];
  if (typeof value === "number") return value < 0 ? head(1, -1 - value) : head(0, value);
  return "float" in value ? [0xfb, ...rawBytes(value)] : cbor(value.link);
}

/** One CBOR item: numbers, texts, bytes, truth values, null, arrays, and maps as `Map`. */
export function readCbor(bytes: Uint8Array): unknown {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  const argument = (info: number): number => {
    const size = info < 24 ? 0 : 1 << (info - 24);
    let value = info < 24 ? info : 0;
    for (let index = 0; index < size; index++) value = value * 256 + bytes[at++]!;
    return value;
  };
  const item = (): unknown => {
    const first = bytes[at++]!;
    const major = first >> 5;
    const info = first & 31;
    if (major === 7) {
      if (info === 20 || info === 21) return info === 21;
      if (info === 22) return null;
      at += info === 27 ? 8 : info === 26 ? 4 : 2;
      if (info === 27) return view.getFloat64(at - 8);
      if (info === 26) return view.getFloat32(at - 4);
      throw new Error("half floats are not read here");
    }
    const count = argument(info);
    if (major === 0) return count;
    if (major === 1) return -1 - count;
    if (major === 2 || major === 3) {
      const part = bytes.slice(at, at + count);
      at += count;
      return major === 2 ? part : new TextDecoder().decode(part);
    }
    if (major === 4) return Array.from({ length: count }, item);
    if (major === 5) return new Map(Array.from({ length: count }, () => [item(), item()] as const));
    return item();
  };
  return item();
}
