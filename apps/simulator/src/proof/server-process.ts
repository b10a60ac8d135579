import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";

const root = join(import.meta.dirname, "..", "..", "..", "..");

export interface ServerProcess {
  readonly url: string;
  readonly coapPort: number;
  readonly coapsPort: number;
  /** The one-time link the server printed: a sign-in or the first administrator's welcome. */
  readonly signInLink: string | undefined;
  /** Ends it as a power cut would. Resolves when the process is gone. */
  kill(): Promise<void>;
  /** Asks it to stop in order. */
  stop(): Promise<void>;
}

export interface ServerPlace {
  readonly dataFolder: string;
  readonly httpPort: number;
  readonly coapPort: number;
  readonly coapsPort: number;
}

/** Starts the real server, without console and demo, and waits until it says that it is ready. */
export async function startServer(place: ServerPlace, log: (line: string) => void): Promise<ServerProcess> {
  const child = spawn(
    process.execPath,
    ["apps/server/src/main.ts", "--no-demo", "--no-console", "--print-ready-json"],
    {
      cwd: root,
      env: {
        ...process.env,
        LAMPLIGHTER_HTTP_PORT: String(place.httpPort),
        LAMPLIGHTER_COAP_PORT: String(place.coapPort),
        LAMPLIGHTER_COAPS_PORT: String(place.coapsPort),
        LAMPLIGHTER_DATA_FOLDER: place.dataFolder,
        LAMPLIGHTER_LOG_LEVEL: "warn",
      },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  createInterface({ input: child.stderr }).on("line", log);
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const ready = await readyLine(child, log);
  return {
    ...ready,
    kill: () => end(child, gone, "SIGKILL"),
    stop: () => end(child, gone, "SIGTERM"),
  };
}

async function end(child: ChildProcess, gone: Promise<void>, signal: NodeJS.Signals): Promise<void> {
  child.kill(signal);
  await gone;
}

function readyLine(
  child: ChildProcess,
  log: (line: string) => void,
): Promise<Pick<ServerProcess, "url" | "coapPort" | "coapsPort" | "signInLink">> {
  return new Promise((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`The server ended with ${code} before it was ready.`)));
    if (!child.stdout) return reject(new Error("The server has no standard output to read."));
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (!line.startsWith("{") || !line.includes('"coapPort"')) return log(line);
      const { url, coapPort, coapsPort, signInLink } = JSON.parse(line);
      resolve({ url, coapPort, coapsPort, signInLink });
    });
  });
}

/** A TCP port that nobody listens on now, so that a server that is restarted can come back at the same place. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() =>
        address && typeof address === "object" ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}
