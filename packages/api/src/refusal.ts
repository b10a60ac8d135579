import { TRPCError } from "@trpc/server";
import { type Problem, problemCodes } from "./problem.ts";

/** The error that tells a {@link Problem} to whoever asked: a refusal with a code of its own, and no failure of ours. */
export function refusal(problem: Problem): TRPCError {
  return new TRPCError({ code: problemCodes[problem.reason], message: problem.message, cause: problem });
}
