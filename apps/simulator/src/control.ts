import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Fleet } from "./fleet.ts";

export interface Control {
  readonly port: number;
  close(): void;
}

/**
 * Lets a script look at the lights and pull a plug, over HTTP on this machine alone:
 * `GET /lights`, `POST /lights/<endpoint>/off`, `POST /lights/<endpoint>/on`. Rejects with the system's error when the
 * port is taken; port 0 picks a free one.
 */
export function openControl(fleet: Fleet, port: number): Promise<Control> {
  const server = createServer((request, response) => answer(fleet, request, response));
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const bound = server.address();
      resolve({
        port: typeof bound === "object" && bound ? bound.port : port,
        close: () => {
          server.close();
          server.closeAllConnections();
        },
      });
    });
  });
}

function answer(fleet: Fleet, { method, url }: IncomingMessage, response: ServerResponse): void {
  const reply = (status: number, body: unknown) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(`${JSON.stringify(body)}\n`);
  };
  if (method === "GET" && url === "/lights") return reply(200, fleet.report());
  const [, name = "", wish] = /^\/lights\/([^/]+)\/(on|off)$/.exec(url ?? "") ?? [];
  if (method !== "POST" || !wish) {
    return reply(404, { error: "There are GET /lights and POST /lights/<endpoint>/on or /off." });
  }
  const light = fleet.find(decodeName(name));
  if (!light) return reply(404, { error: `No light on our own stack is called ${JSON.stringify(name)}.` });
  if (wish === "off") light.cutPower();
  else light.start();
  reply(200, { endpoint: light.identity.endpoint, phase: light.phase });
}

function decodeName(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch (error) {
    // A stray percent sign is part of the name then.
    if (error instanceof URIError) return name;
    throw error;
  }
}
