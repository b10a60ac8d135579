/**
 * Why a request was refused, as a word that programs may compare. One table says which tRPC code and HTTP status each
 * stands for, so that a procedure names the reason and nothing else.
 */
export const problemCodes = {
  "not-signed-in": "UNAUTHORIZED",
  forbidden: "FORBIDDEN",
  "foreign-origin": "FORBIDDEN",
  "invalid-input": "BAD_REQUEST",
  "not-found": "NOT_FOUND",
  "name-taken": "CONFLICT",
  "in-use": "CONFLICT",
  "wrong-state": "CONFLICT",
  "targets-nobody": "BAD_REQUEST",
  "package-revoked": "CONFLICT",
  "active-job": "CONFLICT",
  "not-registered": "PRECONDITION_FAILED",
  "too-large": "PAYLOAD_TOO_LARGE",
  "too-many": "TOO_MANY_REQUESTS",
  expired: "BAD_REQUEST",
  "not-built": "NOT_IMPLEMENTED",
  "our-bug": "INTERNAL_SERVER_ERROR",
} as const satisfies Record<string, import("@trpc/server").TRPC_ERROR_CODE_KEY>;

export type ProblemReason = keyof typeof problemCodes;

/** A refusal with a sentence for the person who asked: what was wrong, where, and what to do. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly reason: ProblemReason;

  constructor(reason: ProblemReason, sentence: string, options?: ErrorOptions) {
    super(sentence, options);
    this.reason = reason;
  }
}
