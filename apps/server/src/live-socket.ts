import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Actor, Services } from "@lamplighter/api/context";
import { Problem } from "@lamplighter/api/problem";
import { appRouter } from "@lamplighter/api/router";
import type { Clock } from "@lamplighter/runtime/clock";
import { seconds } from "@lamplighter/runtime/duration";
import type { Log } from "@lamplighter/runtime/log";
import { applyWSSHandler, jsonEncoder } from "@trpc/server/adapters/ws";
import { type WebSocket, WebSocketServer } from "ws";
import type { OriginRule } from "./origin.ts";
import { type Places, places, requestsPerTabMax, tabsPersonMax } from "./places.ts";
import { type SessionCell, sessionCell } from "./session-cell.ts";

/** Tabs connected at once. Beyond, a newcomer is turned away with 503 and tries again. */
export const socketsMax = 2_000;
/** Of these, sockets without a session. They can only learn that they must sign in. */
export const strangersMax = 200;
/** Bytes of one message: an imported table is the largest. A stranger says little. */
const messageBytesMax = 64 * 1024 * 1024;
const strangersMessageBytesMax = 16 * 1024;
/** Bytes a tab may leave unread before live events are held back. */
const roomBytes = 1024 * 1024;
/** Bytes unread at which a tab counts as dead. */
const unreadBytesMax = 128 * 1024 * 1024;
const strangersUnreadBytesMax = 1024 * 1024;
/** Requests in one message: tRPC's client puts together what a page asks at once, and after a broken connection all of it. */
const requestsPerMessageMax = 256;
const pingEvery = seconds(20);
const pongWithin = seconds(10);
const sessionCheckedEvery = seconds(30);
/** Close code for a session that ended; the tab connects anew and finds itself signed out. */
const sessionEnded = 4401;

/** The one WebSocket of each tab: every query, mutation and subscription of the console travels here. */
export function liveSocket(options: {
  readonly services: Services;
  readonly clock: Clock;
  readonly log: Log;
  readonly origins: OriginRule;
  /** Requests of each person under way, over both ways. */
  readonly requests: Places;
  readonly actorOf: (request: IncomingMessage) => Promise<Actor | undefined>;
}) {
  const { services, clock, log, origins, requests, actorOf } = options;
  const sessions = new WeakMap<IncomingMessage, SessionCell>();

  function createServer(maxPayload: number) {
    const sockets = new WebSocketServer({ noServer: true, maxPayload, perMessageDeflate: false });
    const handler = applyWSSHandler({
      wss: sockets,
      router: appRouter,
      experimental_encoder: { ...jsonEncoder, decode: decodeMessage },
      keepAlive: { enabled: true, pingMs: pingEvery, pongWaitMs: pongWithin },
      createContext: ({ req, res: socket }) => {
        const cell = sessions.get(req);
        let subscriptions = 0;
        const ofTab = places(requestsPerTabMax);
        return {
          ...services,
          currentActor: async () => cell?.currentActor(),
          takePlace: ({ id }) => takeBoth(ofTab, requests, id),
          connection: {
            hasRoom: () => socket.bufferedAmount < roomBytes,
            get subscriptions() {
              return subscriptions;
            },
            set subscriptions(count) {
              subscriptions = count;
            },
          },
        };
      },
      onError: ({ error, path }) => {
        // What ws itself refuses (a frame too large, a broken one) is the tab's doing and told to it as a close code.
        const isFrame = String((error.cause as { code?: unknown } | undefined)?.code).startsWith("WS_ERR_");
        if (error.code === "INTERNAL_SERVER_ERROR" && !isFrame) {
          log.error("A request over the live connection failed.", { path, error: error.stack ?? error.message });
        }
      },
    });
    return { sockets, handler };
  }
  const known = createServer(messageBytesMax);
  const strangers = createServer(strangersMessageBytesMax);
  const tabs = places(tabsPersonMax);

  /** Sends a tab away whose session ended, or that reads nothing any more. */
  function watch(socket: WebSocket, cell: SessionCell): void {
    const timer = setInterval(async () => {
      if (socket.bufferedAmount > unreadBytesMax) return socket.terminate();
      try {
        if (!(await cell.currentActor())) socket.close(sessionEnded, "The session ended.");
      } catch (error) {
        log.warn("A session could not be checked; it is checked again.", { error: String(error) });
      }
    }, sessionCheckedEvery);
    socket.on("close", () => clearInterval(timer));
  }

  return {
    get connections() {
      return known.sockets.clients.size + strangers.sockets.clients.size;
    },
    async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
      socket.on("error", () => socket.destroy());
      if (!origins.mayOpenSocket(request)) return refuse(socket, "403 Forbidden");
      if (known.sockets.clients.size >= socketsMax) return refuse(socket, "503 Service Unavailable");
      const cell = sessionCell(clock, () => actorOf(request));
      const actor = await cell.currentActor();
      if (socket.destroyed) return;
      const { sockets } = actor ? known : strangers;
      if (!actor && sockets.clients.size >= strangersMax) return refuse(socket, "503 Service Unavailable");
      const leave = actor && tabs.take(actor.id);
      if (actor && !leave) return refuse(socket, "429 Too Many Requests");
      if (leave) socket.on("close", leave);
      sessions.set(request, cell);
      sockets.handleUpgrade(request, socket, head, (opened) => {
        opened.on("error", (error) => log.debug("A live connection broke.", { error: String(error) }));
        const bytesMax = actor ? unreadBytesMax : strangersUnreadBytesMax;
        // Who asks on and on and never reads must not fill the memory with answers.
        opened.on("message", () => opened.bufferedAmount > bytesMax && opened.terminate());
        if (actor) watch(opened, cell);
        sockets.emit("connection", opened, request);
      });
    },
    close(): void {
      for (const { sockets, handler } of [known, strangers]) {
        handler.broadcastReconnectNotification();
        for (const client of sockets.clients) client.close(1001, "The server stops.");
        sockets.close();
      }
    },
    terminate(): void {
      for (const { sockets } of [known, strangers]) for (const client of sockets.clients) client.terminate();
    },
  };
}

/** Refuses a message before its requests are begun; what is begun beyond a tab's places is refused one by one. */
function decodeMessage(data: Parameters<typeof jsonEncoder.decode>[0]): unknown {
  const message: unknown = jsonEncoder.decode(data);
  if (Array.isArray(message) && message.length > requestsPerMessageMax) {
    const words = `A message may hold ${requestsPerMessageMax} requests at most. Send them one after the other.`;
    throw new Problem("too-many", words);
  }
  return message;
}

export type LiveSocket = ReturnType<typeof liveSocket>;

/** A place of the tab and one of the person, or none of both. */
function takeBoth(tab: Places, person: Places, id: string): (() => void) | undefined {
  const leaveTab = tab.take(id);
  if (!leaveTab) return undefined;
  const leavePerson = person.take(id);
  if (!leavePerson) leaveTab();
  return (
    leavePerson &&
    (() => {
      leaveTab();
      leavePerson();
    })
  );
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
