import { Agent, type IncomingMessage, type ServerResponse, request as sendRequest } from "node:http";
import { answerText } from "./answer.ts";

/** Headers that belong to one connection, not to the message (RFC 9110 §7.6.1). */
const hopByHop = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
const connectionsMax = 64;

/** Passes a request on to the console's own process and its answer back, as a stream. */
export function consoleProxy(portOf: () => number | undefined) {
  const agent = new Agent({ keepAlive: true, maxSockets: connectionsMax });
  function send(request: IncomingMessage, response: ServerResponse, { isLast }: { readonly isLast: boolean }): void {
    const port = portOf();
    if (port === undefined) return answerWaiting(response);
    const onward = sendRequest(
      {
        // The others that were kept may be as old: the second time over a connection of its own.
        agent: isLast ? false : agent,
        host: "127.0.0.1",
        port,
        method: request.method,
        path: request.url,
        headers: {
          ...endToEnd(request.headers),
          "x-forwarded-for": request.socket.remoteAddress ?? "",
          "x-forwarded-host": request.headers.host ?? "",
        },
      },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
        answer.pipe(response);
        answer.on("error", () => response.destroy());
      },
    );
    onward.on("error", () => {
      if (response.headersSent) response.destroy();
      // A connection that was kept may be closed by the console in the very moment in which it is used again.
      else if (onward.reusedSocket && !isLast && isRepeatable(request)) send(request, response, { isLast: true });
      else answerWaiting(response);
    });
    response.on("close", () => onward.destroy());
    request.pipe(onward);
  }

  return {
    pass: (request: IncomingMessage, response: ServerResponse): void => send(request, response, { isLast: false }),
    close: () => agent.destroy(),
  };
}

/** Whether a request may be sent twice: it changes nothing, and has no body that is spent by now. */
function isRepeatable({ method, headers }: IncomingMessage): boolean {
  const hasBody = headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
  return (method === "GET" || method === "HEAD") && !hasBody;
}

function endToEnd(headers: IncomingMessage["headers"]): IncomingMessage["headers"] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !hopByHop.has(name)));
}

/** Shown while the console is not up (yet). Looks again by itself. */
function answerWaiting(response: ServerResponse): void {
  response.setHeader("retry-after", "2");
  answerText(
    response,
    503,
    `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="2"><title>Lamplighter is starting</title>
<style>body{font:16px/1.5 system-ui,sans-serif;display:grid;place-content:center;min-height:90vh;margin:0 1rem;text-align:center;color-scheme:light dark}</style>
<main><h1>Lamplighter is starting</h1><p>The console is not up yet. This page looks again every two seconds.</p></main></html>`,
    "text/html",
  );
}
