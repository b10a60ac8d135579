import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { AppRouter } from "@lamplighter/api/client";
import type { LiveEvent } from "@lamplighter/api/views";
import { createTRPCClient, createWSClient, wsLink } from "@trpc/client";
import { WebSocket } from "ws";

const program = join(import.meta.dirname, "..", "src", "main.ts");

export interface RunningServer extends AsyncDisposable {
  readonly url: string;
  readonly coapPort: number;
  readonly coapsPort: number;
  readonly bootstrapPort: number;
  readonly bootstrapCoapsPort: number;
  readonly signInLink: string;
  readonly pid: number;
  /** Everything it wrote to its log. */
  readonly output: () => string;
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Runs the server as a process of its own, and gives its exit code and what it said when it does not come up. */
export async function runServer(
  environment: Record<string, string>,
  flags: readonly string[] = [],
): Promise<RunningServer | { readonly code: number | null; readonly said: string }> {
  const child = spawn(process.execPath, [program, "--no-demo", "--no-console", "--print-ready-json", ...flags], {
    env: {
      ...process.env,
      NODE_ENV: "production",
      LAMPLIGHTER_HTTP_PORT: "0",
      LAMPLIGHTER_COAP_PORT: "0",
      ...environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (part) => {
    said += part;
  });
  const exit = once(child, "exit").then(([code]) => code as number | null);
  const printed = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (line.startsWith("{")) resolve(line);
    });
  });
  const line = await Promise.race([printed, exit.then(() => undefined)]);
  if (line === undefined) return { code: await exit, said };
  const ready = JSON.parse(line);
  const stop = async (signal: NodeJS.Signals = "SIGTERM") => {
    child.kill(signal);
    return exit;
  };
  return {
    ...ready,
    stop,
    pid: child.pid ?? 0,
    output: () => said,
    async [Symbol.asyncDispose]() {
      await stop("SIGKILL");
    },
  };
}

/** The same, for tests in which it must come up. */
export async function startServer(environment: Record<string, string>): Promise<RunningServer> {
  const server = await runServer(environment);
  if ("code" in server) throw new Error(`The server ended with ${server.code}: ${server.said}`);
  return server;
}

export const person = { name: "Ada", email: "ada@example.org", password: "correct horse battery" };

/** Becomes the first administrator by the printed link; returns the session's cookie. */
export async function welcome({ url, signInLink }: RunningServer): Promise<string> {
  const token = new URL(signInLink).searchParams.get("token");
  const answer = await fetch(`${url}/api/welcome`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: url },
    body: JSON.stringify({ ...person, token }),
  });
  if (!answer.ok) throw new Error(`welcome: ${answer.status} ${await answer.text()}`);
  return answer.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");
}

/** A console tab as far as the server can tell: one WebSocket, with a person's cookie. */
export function openTab({ url }: Pick<RunningServer, "url">, cookie: string) {
  class TabSocket extends WebSocket {
    constructor(address: string | URL, protocols?: string | string[]) {
      super(address, protocols, { headers: { cookie, origin: url } });
    }
  }
  const socket = createWSClient({
    url: `${url.replace("http", "ws")}/api/trpc`,
    WebSocket: TabSocket as unknown as typeof globalThis.WebSocket,
  });
  const api = createTRPCClient<AppRouter>({ links: [wsLink({ client: socket })] });
  return {
    api,
    cookie,
    close: () => socket.close(),
    /** Looks at each sign of life until what is looked for is there. */
    until<Found>(look: () => Promise<Found | undefined>, watching: { campaignId?: string } = {}): Promise<Found> {
      return new Promise((resolve, reject) => {
        const check = () =>
          look().then((found) => {
            if (found === undefined) return;
            subscription.unsubscribe();
            resolve(found);
          }, reject);
        const subscription = api.live.events.subscribe(
          { topics: ["devices", "campaigns", "firmware", "groups", "bootstraps", "security"], ...watching },
          { onData: (_: { data: LiveEvent }) => void check(), onError: reject },
        );
      });
    },
  };
}
