/**
 * The value of one resource or resource instance, with the data type it has on the device (OMA TS Core 1.1, Appendix C).
 *
 * `integer` is signed and `unsigned` unsigned, both 64 bits, which is why they are `bigint`. `time` is in seconds since
 * 1970. `corelnk` is text in CoRE link format.
 */
export type ResourceValue =
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "integer"; readonly value: bigint }
  | { readonly type: "unsigned"; readonly value: bigint }
  | { readonly type: "float"; readonly value: number }
  | { readonly type: "boolean"; readonly value: boolean }
  | { readonly type: "opaque"; readonly value: Uint8Array }
  | { readonly type: "time"; readonly value: bigint }
  | { readonly type: "objlnk"; readonly value: ObjectLink }
  | { readonly type: "corelnk"; readonly value: string };

/** The name of a data type. */
export type ResourceType = ResourceValue["type"];

/** Points from one object instance to another. 65535:65535 points nowhere. */
export interface ObjectLink {
  readonly object: number;
  readonly instance: number;
}

/** Bounds of the 64-bit integers. */
export const integerMin = -(2n ** 63n);
export const integerMax = 2n ** 63n - 1n;
export const unsignedMax = 2n ** 64n - 1n;

/** Short ways to write a value. */
export const text = (value: string): ResourceValue => ({ type: "string", value });
export const integer = (value: bigint | number): ResourceValue => ({ type: "integer", value: BigInt(value) });
export const unsigned = (value: bigint | number): ResourceValue => ({ type: "unsigned", value: BigInt(value) });
export const float = (value: number): ResourceValue => ({ type: "float", value });
export const boolean = (value: boolean): ResourceValue => ({ type: "boolean", value });
export const opaque = (value: Uint8Array): ResourceValue => ({ type: "opaque", value });
export const time = (value: bigint | number): ResourceValue => ({ type: "time", value: BigInt(value) });

/** Writes a value for people and logs: `"1.4.0"` as `1.4.0`, opaque as `opaque, 32 bytes`. */
export function describeValue(value: ResourceValue): string {
  switch (value.type) {
    case "opaque":
      return `opaque, ${value.value.length} bytes`;
    case "objlnk":
      return `${value.value.object}:${value.value.instance}`;
    default:
      return String(value.value);
  }
}
