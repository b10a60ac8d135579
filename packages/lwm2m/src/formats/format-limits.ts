/** What one document in one of these formats may hold. Beyond a limit it is refused as malformed, before it is built. */
export const formatLimits = {
  /** Arrays and maps inside one another. LwM2M itself needs six. */
  nestingMax: 16,
  /** Values, keys, arrays and maps of a whole document together. */
  itemsMax: 100_000,
  /** Records of a SenML or JSON document; resources of an LwM2M CBOR one. */
  recordsMax: 10_000,
  /** Characters of a base name and a name together, alternate path included. */
  nameCharactersMax: 512,
  /** Paths in one composite request. */
  pathsMax: 1_000,
  /** Digits of a number in JSON: 64-bit integers need 20, floats 17. */
  numberCharactersMax: 64,
} as const;
