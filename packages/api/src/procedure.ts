import { initTRPC, type TRPCError } from "@trpc/server";
import { ZodError } from "zod";
import type { Actor, Context } from "./context.ts";
import { followed } from "./live/followed.ts";
import { may, type Permission } from "./permissions.ts";
import { Problem, type ProblemReason } from "./problem.ts";
import { refusal } from "./refusal.ts";
import { isStorable } from "./storable.ts";

/** What each procedure says of itself. A test walks the router and fails where it says nothing. */
export interface ProcedureMeta {
  readonly permission: Permission;
}

const trpc = initTRPC
  .context<Context>()
  .meta<ProcedureMeta>()
  .create({
    errorFormatter({ shape, error }) {
      // Strangers' words (a driver's, a parser's) are not for the person who asked; they go to the log instead.
      const { cause } = error;
      const known = cause instanceof Problem || error.code !== "INTERNAL_SERVER_ERROR";
      const message =
        cause instanceof ZodError
          ? wordsOf(cause)
          : known
            ? (ownWords(error) ?? shape.message)
            : "Something failed on the server; its log says what.";
      const { stack: _, ...data } = shape.data;
      return { ...shape, message, data: { ...data, reason: reasonOf(error) } };
    },
  });

export const router = trpc.router;
export const createCallerFactory = trpc.createCallerFactory;

/**
 * Starts a procedure that only people with `permission` may call. There is no other way to start one.
 *
 * A procedure throws {@link Problem} to refuse; the error table turns it into a tRPC code.
 */
export function needs(permission: Permission) {
  return trpc.procedure.meta({ permission }).use(async ({ ctx, next, type, getRawInput }) => {
    const actor: Actor | undefined = await ctx.currentActor();
    if (!actor) {
      throw refusal(new Problem("not-signed-in", "You are not signed in, or your session has ended. Sign in again."));
    }
    if (!may(actor.role, permission)) {
      throw refusal(new Problem("forbidden", `Your role "${actor.role}" does not include "${permission}".`));
    }
    if (!isStorable(await getRawInput())) {
      throw refusal(
        new Problem("invalid-input", "A text holds a NUL or half a character, which cannot be stored. Take it out."),
      );
    }
    const leave = ctx.takePlace?.(actor);
    if (ctx.takePlace && !leave) throw refusal(new Problem("too-many", tooManyRequests));
    const result = await next({ ctx: { ...ctx, actor } }).finally(leave);
    if (!result.ok && result.error.cause instanceof Problem) throw refusal(result.error.cause);
    if (!result.ok || type !== "subscription") return result;
    return { ...result, data: followed(ctx.connection, result.data as AsyncIterable<unknown>) };
  });
}

/** What a check of the input found, for people: our own sentences as they are, the library's with the field that they are about. */
function wordsOf({ issues }: ZodError): string {
  const sentences = issues.map(({ message, path }) =>
    message.endsWith(".") ? message : `${path.length > 0 ? `${path.join(".")}: ` : ""}${message}.`,
  );
  return [...new Set(sentences)].join("\n");
}

const tooManyRequests = "Too many requests are under way already. Wait until some of them are answered.";

type Code = TRPCError["code"];

/** What tRPC itself refuses before a procedure is reached: always the sender's mistake, never ours. */
const reasonsOfCode: Partial<Record<Code, ProblemReason>> = {
  PARSE_ERROR: "invalid-input",
  BAD_REQUEST: "invalid-input",
  METHOD_NOT_SUPPORTED: "invalid-input",
  UNSUPPORTED_MEDIA_TYPE: "invalid-input",
  NOT_FOUND: "not-found",
  PAYLOAD_TOO_LARGE: "too-large",
  CLIENT_CLOSED_REQUEST: "invalid-input",
};

/** In place of tRPC's words, which are for whoever wrote tRPC, and of the JSON parser's. */
function ownWords({ code, cause }: TRPCError): string | undefined {
  if (cause instanceof Problem) return undefined;
  if (code === "PARSE_ERROR" || cause instanceof SyntaxError) return "The request is not JSON. Send the input as JSON.";
  if (code === "METHOD_NOT_SUPPORTED") return "What changes something is sent with POST, what only reads with GET.";
  if (code === "UNSUPPORTED_MEDIA_TYPE") return "Send the request with the content type application/json.";
  if (code === "PAYLOAD_TOO_LARGE") return "This request is too large.";
  return undefined;
}

function reasonOf(error: TRPCError): ProblemReason {
  if (error.cause instanceof Problem) return error.cause.reason;
  return reasonsOfCode[error.code] ?? "our-bug";
}
