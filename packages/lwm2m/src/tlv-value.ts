import { MalformedInput } from "./malformed-input.ts";
import { integerMax, integerMin, type ResourceType, type ResourceValue, unsignedMax } from "./value.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads a value from the bytes of a TLV entry (OMA TS Core 1.1 Appendix C): big-endian, integers of 1, 2, 4 or 8 bytes.
 *
 * `where` names the resource in an error. Throws {@link MalformedInput} for a length that the type cannot have.
 */
export function decodeTlvValue(bytes: Uint8Array, type: ResourceType, where: string): ResourceValue {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (type) {
    case "string":
    case "corelnk":
      return { type, value: decodeUtf8(bytes, where) };
    case "integer":
    case "time":
      return { type, value: readInteger(data, where, type) };
    case "unsigned":
      return { type, value: BigInt.asUintN(8 * bytes.length, readInteger(data, where, type)) };
    case "float":
      if (bytes.length === 4) return { type, value: data.getFloat32(0) };
      if (bytes.length === 8) return { type, value: data.getFloat64(0) };
      return wrongLength(bytes.length, "4 or 8", type, where);
    case "boolean":
      if (bytes.length !== 1) return wrongLength(bytes.length, "1", type, where);
      if (bytes[0]! > 1) throw new MalformedInput(where, `a boolean is 0 or 1, not ${bytes[0]}`);
      return { type, value: bytes[0] === 1 };
    case "opaque":
      return { type, value: bytes };
    case "objlnk":
      if (bytes.length !== 4) return wrongLength(bytes.length, "4", type, where);
      return { type, value: { object: data.getUint16(0), instance: data.getUint16(2) } };
  }
}

/** Writes a value as the bytes of a TLV entry, numbers in the fewest bytes. Throws {@link RangeError} for one that does not fit. */
export function encodeTlvValue(value: ResourceValue): Uint8Array {
  switch (value.type) {
    case "string":
    case "corelnk":
      return new TextEncoder().encode(value.value);
    case "integer":
    case "time":
      if (value.value < integerMin || value.value > integerMax) throw new RangeError(`${value.value} is not 64-bit`);
      return writeInteger(value.value, signedBytes(value.value));
    case "unsigned":
      if (value.value < 0n || value.value > unsignedMax) throw new RangeError(`${value.value} is not unsigned 64-bit`);
      return writeInteger(value.value, unsignedBytes(value.value));
    case "float": {
      const single = Math.fround(value.value) === value.value;
      const bytes = new Uint8Array(single ? 4 : 8);
      const data = new DataView(bytes.buffer);
      if (single) data.setFloat32(0, value.value);
      else data.setFloat64(0, value.value);
      return bytes;
    }
    case "boolean":
      return Uint8Array.of(value.value ? 1 : 0);
    case "opaque":
      return value.value;
    case "objlnk": {
      const { object, instance } = value.value;
      return Uint8Array.of(object >> 8, object & 0xff, instance >> 8, instance & 0xff);
    }
  }
}

/** Reads UTF-8 strictly. Throws {@link MalformedInput}. */
export function decodeUtf8(bytes: Uint8Array, where: string): string {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    // The decoder throws this one error, for bytes that are not UTF-8.
    if (error instanceof TypeError) throw new MalformedInput(where, "it is not UTF-8 text");
    throw error;
  }
}

function readInteger(data: DataView, where: string, type: ResourceType): bigint {
  switch (data.byteLength) {
    case 1:
      return BigInt(data.getInt8(0));
    case 2:
      return BigInt(data.getInt16(0));
    case 4:
      return BigInt(data.getInt32(0));
    case 8:
      return data.getBigInt64(0);
    default:
      return wrongLength(data.byteLength, "1, 2, 4 or 8", type, where);
  }
}

function writeInteger(value: bigint, byteCount: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, BigInt.asIntN(64, value));
  return bytes.subarray(8 - byteCount);
}

function signedBytes(value: bigint): number {
  return [1, 2, 4].find((bytes) => BigInt.asIntN(8 * bytes, value) === value) ?? 8;
}

function unsignedBytes(value: bigint): number {
  return [1, 2, 4].find((bytes) => BigInt.asUintN(8 * bytes, value) === value) ?? 8;
}

function wrongLength(bytes: number, expected: string, type: ResourceType, where: string): never {
  throw new MalformedInput(where, `a value of type ${type} takes ${expected} bytes, not ${bytes}`);
}
