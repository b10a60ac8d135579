import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { seconds } from "@lamplighter/runtime/duration";
import type { Log } from "@lamplighter/runtime/log";
import { answerError, answerText } from "./answer.ts";
import { metricsRefused } from "./metrics-access.ts";

/** Who watches a process is one program or two. */
const connectionsMax = 64;
const headerBytesMax = 8 * 1024;
const requestWithin = seconds(15);

export interface FiguresDoor {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * A door for those who watch a process that has no console: `/healthz`, `/readyz` and `/metrics`, as the main server has
 * them, and nothing else. Rejects with the system's error when the port cannot be had.
 */
export async function openFiguresDoor({
  host,
  port,
  ...house
}: {
  readonly host: string;
  readonly port: number;
  readonly mayRead: (request: IncomingMessage) => boolean;
  readonly isReady: () => Promise<boolean>;
  readonly text: () => Promise<{ type: string; text: string }>;
  readonly log: Log;
}): Promise<FiguresDoor> {
  const answers: Readonly<Record<string, Answer>> = {
    "/healthz": async (_, response) => answerText(response, 200, "ok\n"),
    async "/readyz"(_, response) {
      const isReady = await house.isReady();
      answerText(response, isReady ? 200 : 503, isReady ? "ready\n" : "not ready\n");
    },
    async "/metrics"(request, response) {
      if (!house.mayRead(request)) return answerError(response, 403, "forbidden", metricsRefused);
      const { type, text } = await house.text();
      response.setHeader("content-type", type);
      response.end(text);
    },
  };
  const server = createServer({ maxHeaderSize: headerBytesMax }, (request, response) => {
    const path = request.url?.split("?")[0] ?? "";
    const answer = Object.hasOwn(answers, path) ? answers[path] : undefined;
    if (!answer) return answerError(response, 404, "not-found", "There are /healthz, /readyz and /metrics here.");
    answer(request, response).catch((error: unknown) => {
      house.log.error("Figures could not be told.", { error: String(error) });
      if (!response.headersSent) answerError(response, 500, "our-bug", "Something failed; the log says what.");
    });
  });
  server.maxConnections = connectionsMax;
  server.headersTimeout = requestWithin;
  server.requestTimeout = requestWithin;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

type Answer = (...[request, response]: Parameters<NonNullable<Parameters<typeof createServer>[1]>>) => Promise<void>;
