import type { IncomingMessage, ServerResponse } from "node:http";
import type { Actor, Services } from "@lamplighter/api/context";
import { receiveFirmware, uploadFields } from "@lamplighter/api/firmware/receive";
import { may } from "@lamplighter/api/permissions";
import { Problem, type ProblemReason } from "@lamplighter/api/problem";
import { type Duration, seconds } from "@lamplighter/runtime/duration";
import { answerError, answerJson } from "./answer.ts";

/** Uploads under way at once: each holds a file open and the disk busy. */
export const uploadsAtOnceMax = 4;
/** An upload of which nothing came for this long is ended: it holds one of the few places. */
export const uploadSilenceMax: Duration = seconds(15);

const statuses: Partial<Record<ProblemReason, number>> = {
  forbidden: 403,
  "too-large": 413,
  "name-taken": 409,
  "invalid-input": 400,
};

/** Takes a firmware image in: `POST /api/firmware?name=…&version=…`, the bytes as they are in the body. */
export function uploadDoor(services: Services, { silenceMax = uploadSilenceMax }: { silenceMax?: Duration } = {}) {
  let underWay = 0;
  return async (
    request: IncomingMessage,
    response: ServerResponse,
    actor: Actor | undefined,
    url: URL,
  ): Promise<void> => {
    if (request.method !== "POST")
      return answerError(response, 405, "invalid-input", "Firmware is uploaded with POST.");
    if (!actor) return answerError(response, 401, "not-signed-in", "You are not signed in. Sign in and upload again.");
    if (!may(actor.role, "firmware.upload")) {
      return answerError(response, 403, "forbidden", `Your role "${actor.role}" does not include "firmware.upload".`);
    }
    if (underWay >= uploadsAtOnceMax) {
      return answerError(response, 503, "too-many", "Several uploads are under way. Try again when one has finished.");
    }
    const announced = Number(request.headers["content-length"] ?? 0);
    const { firmwareBytesMax } = services.facts;
    if (announced > firmwareBytesMax) {
      const most = Math.floor(firmwareBytesMax / 1024 / 1024);
      return answerError(response, 413, "too-large", `The image is larger than ${most} MiB, the most taken here.`);
    }
    const fields = uploadFields.safeParse(Object.fromEntries(url.searchParams));
    if (!fields.success) {
      const [issue] = fields.error.issues;
      return answerError(
        response,
        400,
        "invalid-input",
        `${issue?.path.join(".") ?? "field"}: ${issue?.message ?? "wrong"}`,
      );
    }
    underWay++;
    request.setTimeout(silenceMax, () => request.destroy());
    try {
      answerJson(response, 201, await receiveFirmware(services, { actor, fields: fields.data, body: request }));
    } catch (error) {
      if (request.destroyed && !request.complete) return;
      if (!(error instanceof Problem)) throw error;
      answerError(response, statuses[error.reason] ?? 400, error.reason, error.message);
    } finally {
      request.setTimeout(0);
      underWay--;
    }
  };
}
