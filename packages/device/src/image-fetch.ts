import type { Cancel } from "@lamplighter/runtime/clock";
import type { FetchWorld } from "./fetch-world.ts";
import { fetchByCoap } from "./image-fetch-coap.ts";
import { fetchByHttp } from "./image-fetch-http.ts";
import type { ImageSource } from "./image-source.ts";
import type { PartialImage } from "./partial-image.ts";

/**
 * Fetches an image, patiently, from where `kept` ends. Returns how to stop it; `onEnd` is not called then, and `kept` has
 * what came until then.
 */
export function fetchImage(source: ImageSource, kept: PartialImage, world: FetchWorld): Cancel {
  const isCoap = source.protocol === "coap" || source.protocol === "coaps";
  return isCoap ? fetchByCoap(source, kept, world) : fetchByHttp(source.uri, kept, world);
}
