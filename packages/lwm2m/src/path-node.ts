import type { Node } from "./node.ts";

/** What stands at one of several places, as composite operations and Send speak of them. */
export interface PathNode {
  readonly path: string;
  readonly node: Node;
}
