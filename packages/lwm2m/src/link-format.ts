/** One link of a CoRE link-format document (RFC 6690): where it points, and what it says of it. */
export interface CoreLink {
  readonly target: string;
  /** A parameter without a value has the value `true`. A repeated one keeps its first value. */
  readonly attributes: Readonly<Record<string, string | true>>;
}
