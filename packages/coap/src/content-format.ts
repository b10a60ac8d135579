/** Content-Format numbers that LwM2M uses (IANA CoRE Parameters; OMA TS Core 1.1 §7.4). */
export const contentFormat = {
  text: 0,
  link: 40,
  opaque: 42,
  cbor: 60,
  senmlJson: 110,
  senmlCbor: 112,
  senmlEtchJson: 320,
  senmlEtchCbor: 322,
  tlv: 11542,
  json: 11543,
  lwm2mCbor: 11544,
} as const;
