/** What the console may import of the API: types, and nothing else. */
import type { inferRouterInputs, inferRouterOutputs } from "@trpc/server";
import type { AppRouter } from "./router.ts";

export type { AppRouter } from "./router.ts";
/** `RouterInputs["device"]["list"]` */
export type RouterInputs = inferRouterInputs<AppRouter>;
/** `RouterOutputs["device"]["list"]` */
export type RouterOutputs = inferRouterOutputs<AppRouter>;
