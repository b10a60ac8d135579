import { type Block, readBlock } from "./block.ts";
import { BAD_OPTION, BAD_REQUEST, PROXYING_NOT_SUPPORTED } from "./code.ts";
import type { CoapOption } from "./message.ts";
import { option, readText, readUint, unknownCriticalOption } from "./option.ts";

/** The options of a request, read. */
export interface RequestOptions {
  readonly path: readonly string[];
  readonly query: readonly string[];
  readonly contentFormat: number | undefined;
  readonly accept: number | undefined;
  readonly observe: number | undefined;
  readonly block1: Block | undefined;
  readonly block2: Block | undefined;
  readonly size1: number | undefined;
}

/** Why a request cannot be read, as the code to answer with. */
export interface RefusedOptions {
  readonly refuse: number;
  /** The critical option that we do not know, if that is why. */
  readonly unknown?: number;
}

const noText: readonly string[] = [];

/**
 * Reads a request's options, or says with which code to refuse it: 4.02 for a critical option that we do not know
 * (RFC 7252 §5.4.1), 5.05 for one that asks for a proxy (§5.7.2), 4.00 for a block size that is reserved
 * (RFC 7959 §2.2) and for text that is not UTF-8.
 */
export function readRequestOptions(options: readonly CoapOption[]): RequestOptions | RefusedOptions {
  const unknown = unknownCriticalOption(options);
  if (unknown !== undefined) {
    const asksForProxy = unknown === option.proxyUri || unknown === option.proxyScheme;
    return asksForProxy ? { refuse: PROXYING_NOT_SUPPORTED } : { refuse: BAD_OPTION, unknown };
  }

  let path: string[] | undefined;
  let query: string[] | undefined;
  let contentFormat: number | undefined;
  let accept: number | undefined;
  let observe: number | undefined;
  let block1: Block | undefined;
  let block2: Block | undefined;
  let size1: number | undefined;
  for (let index = 0; index < options.length; index++) {
    const { number, value } = options[index]!;
    switch (number) {
      case option.uriPath: {
        const segment = readText(value);
        if (segment === undefined) return { refuse: BAD_REQUEST };
        if (path) path.push(segment);
        else path = [segment];
        break;
      }
      case option.uriQuery: {
        const term = readText(value);
        if (term === undefined) return { refuse: BAD_REQUEST };
        if (query) query.push(term);
        else query = [term];
        break;
      }
      case option.contentFormat:
        // Elective: too long a value is as if the option were not there (RFC 7252 §5.4.3).
        if (value.length <= 2) contentFormat = readUint(value);
        break;
      case option.accept:
        accept = readUint(value);
        break;
      case option.observe:
        if (value.length <= 3) observe = readUint(value);
        break;
      case option.block1:
        block1 = readBlock(value);
        if (!block1) return { refuse: BAD_REQUEST };
        break;
      case option.block2:
        block2 = readBlock(value);
        if (!block2) return { refuse: BAD_REQUEST };
        break;
      case option.size1:
        if (value.length <= 4) size1 = readUint(value);
        break;
    }
  }
  return { path: path ?? noText, query: query ?? noText, contentFormat, accept, observe, block1, block2, size1 };
}
