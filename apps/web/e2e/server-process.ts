import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const root = join(import.meta.dirname, "..", "..", "..");

/** The real server with its console, on free ports, with data of its own. */
export interface Server {
  readonly url: string;
  readonly coapPort: number;
  readonly coapsPort: number;
  readonly bootstrapPort: number;
  /** The link by which the first administrator makes an account; undefined when there is one already. */
  readonly welcomeLink: string | undefined;
  /** Ends it in order and removes its data. */
  stop(): Promise<void>;
}

/** A folder for data. Below the system's folder for such things, and readable by the user that the database runs as. */
export function dataFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "lamplighter-e2e-"));
  chmodSync(folder, 0o711);
  return folder;
}

/** Starts the server and waits until it says that it is ready. Rejects with what it last printed when it ends before. */
export async function startServer({
  folder = dataFolder(),
  databaseUrl,
}: {
  readonly folder?: string;
  /** A database that is there already; without it the server starts its own. */
  readonly databaseUrl?: string;
} = {}): Promise<Server> {
  const child = spawn(process.execPath, ["apps/server/src/main.ts", "--no-demo", "--print-ready-json"], {
    cwd: root,
    env: {
      ...process.env,
      LAMPLIGHTER_HTTP_PORT: "0",
      LAMPLIGHTER_COAP_PORT: "0",
      LAMPLIGHTER_DATA_FOLDER: folder,
      LAMPLIGHTER_LOG_LEVEL: "warn",
      NODE_ENV: "production",
      ...(databaseUrl ? { DATABASE_URL: databaseUrl } : {}),
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const ready = await readyLine(child);
  return {
    ...ready,
    async stop() {
      child.kill("SIGTERM");
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function readyLine(child: ChildProcess): Promise<Omit<Server, "stop">> {
  return new Promise((resolve, reject) => {
    let last = "";
    const keep = (line: string) => {
      last = `${last}\n${line}`.slice(-4_000);
    };
    child.once("exit", (code) => reject(new Error(`The server ended with ${code} before it was ready:${last}`)));
    if (!child.stdout || !child.stderr) return reject(new Error("The server has no output to read."));
    createInterface({ input: child.stderr }).on("line", keep);
    createInterface({ input: child.stdout }).on("line", (line) => {
      keep(line);
      if (!line.startsWith("{") || !line.includes('"coapPort"')) return;
      const { url, coapPort, coapsPort, bootstrapPort, signInLink } = JSON.parse(line);
      resolve({ url, coapPort, coapsPort, bootstrapPort, welcomeLink: signInLink });
    });
  });
}
