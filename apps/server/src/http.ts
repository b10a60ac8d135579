import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Auth } from "@lamplighter/api/account/auth";
import type { Actor, Services } from "@lamplighter/api/context";
import { Problem } from "@lamplighter/api/problem";
import { refusal } from "@lamplighter/api/refusal";
import { appRouter } from "@lamplighter/api/router";
import type { Downloads } from "@lamplighter/lwm2m/downloads";
import { shownPath } from "@lamplighter/lwm2m/trace/secrets";
import { minutes, seconds } from "@lamplighter/runtime/duration";
import type { Log } from "@lamplighter/runtime/log";
import { nodeHTTPRequestHandler } from "@trpc/server/adapters/node-http";
import { accountDoor } from "./account-door.ts";
import { answerError, answerText, BodyTooLarge } from "./answer.ts";
import type { ClientAddress } from "./client-address.ts";
import type { consoleProxy } from "./console-proxy.ts";
import { downloadDoor } from "./download.ts";
import type { LiveSocket } from "./live-socket.ts";
import { metricsRefused } from "./metrics-access.ts";
import type { OriginRule } from "./origin.ts";
import type { Places } from "./places.ts";
import { setSecurityHeaders } from "./security-headers.ts";
import { uploadDoor } from "./upload.ts";

/** TCP connections held at once, live ones included. */
const connectionsMax = 5_000;
/** Slow senders of headers are cut off here; slow uploads of the largest image get the second. */
const headersWithin = seconds(15);
const requestWithin = minutes(30);
/** An imported table, over HTTP. */
const trpcBodyBytesMax = 64 * 1024 * 1024;
/** What a stranger may send before being told to sign in; the rest is not read, and the connection ends. */
const strangersBodyBytesMax = 16 * 1024;
/** All header lines of a request. Beyond, it is answered 431 and the connection ends. */
const headerBytesMax = 16 * 1024;

/** What the front door leads to. Until it is given, every request is told that the server is starting. */
export interface House {
  readonly services: Services;
  readonly auth: Auth;
  readonly actorOf: (request: IncomingMessage) => Promise<Actor | undefined>;
  readonly live: LiveSocket;
  /** Requests of each person under way, over both ways. */
  readonly requests: Places;
  readonly downloads: Downloads;
  readonly proxy: ReturnType<typeof consoleProxy>;
  readonly mayReadMetrics: (request: IncomingMessage) => boolean;
  readonly metrics: () => Promise<{ type: string; text: string }>;
  readonly isReady: () => Promise<boolean>;
  readonly publicUrl: string;
  readonly addressOf: ClientAddress;
  readonly log: Log;
}

export interface FrontDoor {
  readonly server: Server;
  readonly port: number;
  open(house: House): void;
  /** Takes no new connections; those that live go on. */
  close(): Promise<void>;
}

/** Binds the one port that browsers see. Rejects with the system's error when it cannot. */
export async function openFrontDoor({
  host,
  port,
  origins,
}: {
  host: string;
  port: number;
  origins: OriginRule;
}): Promise<FrontDoor> {
  let house: House | undefined;
  let take: ((request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void>) | undefined;
  const server = createServer({ maxHeaderSize: headerBytesMax }, (request, response) => {
    const url = urlOf(request);
    if (!url) return answerError(response, 400, "invalid-input", "This address cannot be read.");
    if (url.pathname === "/healthz") return answerText(response, 200, "ok\n");
    if (!house || !take) {
      response.setHeader("retry-after", "1");
      return answerText(response, 503, "Lamplighter is starting.\n");
    }
    const { log } = house;
    take(request, response, url).catch((error: unknown) => {
      if (error instanceof BodyTooLarge && !response.headersSent) {
        return answerError(response, 413, "too-large", "This request is too large.");
      }
      // The other side hung up in the middle: nobody is left to be told.
      if (response.destroyed || request.destroyed) return;
      log.error("A request failed.", {
        path: shownPath(url.pathname.split("/").slice(1)),
        error: error instanceof Error ? error.stack : String(error),
      });
      if (response.headersSent) response.destroy();
      else answerError(response, 500, "our-bug", "Something failed on the server; its log says what.");
    });
  });
  server.maxConnections = connectionsMax;
  server.headersTimeout = headersWithin;
  server.requestTimeout = requestWithin;
  server.keepAliveTimeout = seconds(65);
  server.on("upgrade", (request, socket, head) => {
    if (house && urlOf(request)?.pathname === "/api/trpc") {
      house.live.upgrade(request, socket, head).catch((error: unknown) => {
        house?.log.error("A live connection could not be opened.", { error: String(error) });
        socket.destroy();
      });
    } else {
      socket.on("error", () => socket.destroy());
      socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const bound = server.address();
  return {
    server,
    port: typeof bound === "object" && bound ? bound.port : port,
    open(given) {
      house = given;
      take = reception(given, origins);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}

/** Leads each request to where it belongs. */
function reception(house: House, origins: OriginRule) {
  const { services, auth, actorOf, proxy, publicUrl, addressOf } = house;
  const account = accountDoor({ auth, publicUrl, addressOf });
  const upload = uploadDoor(services);
  const download = downloadDoor(house.downloads);
  const overHttps = publicUrl.startsWith("https:");

  return async (request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> => {
    const { pathname } = url;
    setSecurityHeaders(response, overHttps);
    if (pathname === "/readyz") {
      const ready = await house.isReady();
      return answerText(response, ready ? 200 : 503, ready ? "ready\n" : "not ready\n");
    }
    if (pathname === "/metrics") {
      if (!house.mayReadMetrics(request)) return answerError(response, 403, "forbidden", metricsRefused);
      const { type, text } = await house.metrics();
      response.setHeader("content-type", type);
      response.end(text);
      return;
    }
    if (!pathname.startsWith("/api/") && !pathname.startsWith("/fw/")) return proxy.pass(request, response);

    if (!origins.mayChange(request)) {
      return answerError(
        response,
        403,
        "foreign-origin",
        "This request comes from a page of another site, so it is refused.",
      );
    }
    if (pathname.startsWith("/fw/")) return download(request, response, url);
    if (pathname === "/api/welcome") return account(request, response, "/api/auth/welcome", url);
    if (pathname === "/api/sign-in-link") return account(request, response, "/api/auth/sign-in-link", url);
    if (pathname.startsWith("/api/auth/")) return account(request, response, pathname, url);
    if (pathname === "/api/firmware") return upload(request, response, await actorOf(request), url);
    if (pathname.startsWith("/api/trpc/")) {
      // The adapter takes the body into memory as it comes, whoever sends it.
      const asked = actorOf(request);
      const isStranger = (await asked.catch(() => undefined)) === undefined;
      if (isStranger && !isShort(request)) response.setHeader("connection", "close");
      return nodeHTTPRequestHandler({
        router: appRouter,
        req: withBody(request),
        res: response,
        path: pathname.slice("/api/trpc/".length),
        maxBodySize: isStranger ? strangersBodyBytesMax : trpcBodyBytesMax,
        // One request, one procedure: hundreds of them in one line would be hundreds of queries at once.
        allowBatching: false,
        createContext: ({ info }) => {
          // A stream here would outlive its session: only the live connection looks whether that still stands.
          if (info.type === "subscription") {
            throw refusal(new Problem("invalid-input", "Live events come over the WebSocket at /api/trpc. Open that."));
          }
          return {
            ...services,
            currentActor: () => asked,
            takePlace: ({ id }) => house.requests.take(id),
            connection: undefined,
          };
        },
        onError: ({ error, path }) => {
          if (error.code === "INTERNAL_SERVER_ERROR") {
            house.log.error("A request failed.", { path, error: error.stack ?? error.message });
          }
        },
      });
    }
    answerError(response, 404, "not-found", `There is nothing at ${pathname.slice(0, 100)}.`);
  };
}

function isShort({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] === undefined && Number(headers["content-length"] ?? 0) <= strangersBodyBytesMax;
}

/**
 * A change without input comes with no body at all (RFC 9112 §6.3: neither length nor coding means none), and tRPC's own
 * client sends it so, while tRPC's server reads every body as JSON. It is handed the JSON that says nothing.
 */
function withBody(request: IncomingMessage): IncomingMessage & { body?: string } {
  const { method, headers } = request;
  const isEmpty = headers["transfer-encoding"] === undefined && Number(headers["content-length"] ?? 0) === 0;
  if (method !== "POST" || !isEmpty) return request;
  headers["content-type"] ??= "application/json";
  return Object.assign(request, { body: "null" });
}

function urlOf(request: IncomingMessage): URL | undefined {
  // Taken apart against a fixed base, so that neither the Host header nor a full address in the line can lead elsewhere.
  const target = request.url ?? "/";
  const base = "http://localhost";
  return target.startsWith("/") && URL.canParse(base + target) ? new URL(base + target) : undefined;
}
