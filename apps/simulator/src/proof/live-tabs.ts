import type { AppRouter } from "@lamplighter/api/client";
import { createTRPCClient, createWSClient, wsLink } from "@trpc/client";
import { WebSocket } from "ws";

export interface LiveTab {
  /** Ids of lights that this tab was told of, as often as it was told. */
  readonly told: ReadonlyMap<string, number>;
  readonly counts: { reconnects: number; resets: number; errors: number };
  close(): void;
}

/** Opens a tab as the console does: one WebSocket, one subscription; resolves when the first sign of life has come. */
export function openTab(url: string, cookie: string): Promise<LiveTab> {
  class TabSocket extends WebSocket {
    constructor(address: string | URL, protocols?: string | string[]) {
      super(address, protocols, { headers: { cookie, origin: url } });
    }
  }
  const told = new Map<string, number>();
  const counts = { reconnects: 0, resets: 0, errors: 0 };
  let opened = 0;
  const socket = createWSClient({
    url: `${url.replace("http", "ws")}/api/trpc`,
    WebSocket: TabSocket as unknown as typeof globalThis.WebSocket,
    keepAlive: { enabled: true, intervalMs: 10_000, pongTimeoutMs: 5_000 },
    onOpen: () => {
      if (++opened > 1) counts.reconnects++;
    },
  });
  const api = createTRPCClient<AppRouter>({ links: [wsLink({ client: socket })] });
  return new Promise((resolve, reject) => {
    api.live.events.subscribe(
      { topics: ["devices", "campaigns", "firmware", "groups"] },
      {
        onData({ data }) {
          if (data.kind === "reset") counts.resets++;
          if (data.kind === "devices-changed") for (const id of data.deviceIds) told.set(id, (told.get(id) ?? 0) + 1);
          resolve({ told, counts, close: () => void socket.close() });
        },
        onError(error) {
          counts.errors++;
          reject(error);
        },
      },
    );
  });
}
