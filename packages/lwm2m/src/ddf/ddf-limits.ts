/**
 * Bounds of an uploaded object definition. Each is checked before what it bounds is built in memory; a file beyond one is
 * refused as a whole. The largest definition in OMA's registry has 33 kB, 5 levels and 1,200 elements.
 */
export const ddfLimits = {
  bytesMax: 1024 * 1024,
  elementsMax: 20_000,
  depthMax: 16,
  objectsMax: 64,
  resourcesMax: 2_000,
  nameCharsMax: 200,
  /** Ranges, units and URNs. */
  lineCharsMax: 1_000,
  /** Descriptions beyond this are cut, for they decide nothing. */
  descriptionCharsMax: 8_000,
} as const;
