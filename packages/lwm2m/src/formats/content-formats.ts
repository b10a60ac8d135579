import { contentFormat } from "@lamplighter/coap/content-format";

/** The number under which older clients send the JSON of LwM2M 1.0. */
export const legacyJson = 1543;

/** The format that a number stands for among those of this folder; `undefined` for text, opaque, TLV and the unknown. */
export type FormatName =
  | "cbor"
  | "senml-json"
  | "senml-cbor"
  | "senml-etch-json"
  | "senml-etch-cbor"
  | "json"
  | "lwm2m-cbor";

const formatNames: ReadonlyMap<number, FormatName> = new Map<number, FormatName>([
  [contentFormat.cbor, "cbor"],
  [contentFormat.senmlJson, "senml-json"],
  [contentFormat.senmlCbor, "senml-cbor"],
  [contentFormat.senmlEtchJson, "senml-etch-json"],
  [contentFormat.senmlEtchCbor, "senml-etch-cbor"],
  [contentFormat.json, "json"],
  [legacyJson, "json"],
  [contentFormat.lwm2mCbor, "lwm2m-cbor"],
]);

export function formatName(format: number): FormatName | undefined {
  return formatNames.get(format);
}

/** How a format is called in an error. */
export const titleOf: Readonly<Record<FormatName, string>> = {
  cbor: "CBOR",
  "senml-json": "SenML JSON",
  "senml-cbor": "SenML CBOR",
  "senml-etch-json": "SenML-ETCH JSON",
  "senml-etch-cbor": "SenML-ETCH CBOR",
  json: "JSON",
  "lwm2m-cbor": "LwM2M CBOR",
};
