import { bootstrapEdge } from "./bootstrap-edge.ts";
import { dtlsEdge } from "./dtls-edge.ts";
import { dtlsParsers } from "./dtls-parsers.ts";
import { formatTargets } from "./formats.ts";
import type { FuzzTarget } from "./measure.ts";
import { parsers } from "./parsers.ts";
import { serverEdge } from "./server-edge.ts";

/** Every edge at which bytes from outside come in: each parser by itself, both servers, and both ends of DTLS. */
export async function fuzzTargets(): Promise<FuzzTarget[]> {
  return [...parsers(), ...formatTargets(), await serverEdge(), bootstrapEdge(), ...dtlsParsers(), dtlsEdge()];
}
