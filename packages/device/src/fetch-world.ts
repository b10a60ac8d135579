import type { CoapEndpoint } from "@lamplighter/coap/endpoint";
import type { Cancel } from "@lamplighter/runtime/clock";
import { type Duration, seconds } from "@lamplighter/runtime/duration";
import type { HttpGet } from "./http-get.ts";

/** Why there is no image: the Update Result (OMA object 5, resource 5). */
export type FetchFailure = 2 | 4 | 7;

export interface FetchWorld {
  readonly endpoint: CoapEndpoint;
  /** Only for a light that speaks HTTP. */
  readonly httpGet?: HttpGet | undefined;
  readonly after: (delay: Duration, wake: () => void) => Cancel;
  readonly bytesMax: number;
  /** A part of this many bytes came; `kept` has it already. */
  readonly onPart: (bytes: number) => void;
  readonly onEnd: (end: { readonly image: Uint8Array } | { readonly result: FetchFailure }) => void;
}

/** How often a light asks again without having been given anything, before the connection counts as lost. */
export const silencesMax = 5;
export const silencePause: Duration = seconds(10);
/** How often the server may say "later". */
export const delaysMax = 500;
export const usualDelay: Duration = seconds(30);
