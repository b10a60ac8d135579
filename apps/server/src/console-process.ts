import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import type { Clock } from "@lamplighter/runtime/clock";
import { milliseconds, seconds } from "@lamplighter/runtime/duration";
import type { Log } from "@lamplighter/runtime/log";
import { type Child, endsWithParent, startChild } from "./child-process.ts";
import { projectFolder } from "./config.ts";

const restartAfter = seconds(2);
const lookEvery = milliseconds(200);

export interface ConsoleProcess {
  /** Undefined while it is not up. */
  readonly port: number | undefined;
  /** Resolves when the console answers for the first time. */
  readonly up: Promise<void>;
  stop(): Promise<void>;
}

/** Runs the console's own server on a free port of this machine, and starts it again when it ends. */
export function startConsole({
  clock,
  log,
  isStopping,
}: {
  readonly clock: Clock;
  readonly log: Log;
  readonly isStopping: () => boolean;
}): ConsoleProcess {
  const folder = join(projectFolder, "apps", "web");
  const next = join(folder, "node_modules", "next", "dist", "bin", "next");
  let child: Child | undefined;
  let port: number | undefined;
  let stopped = false;
  let tellUp = () => {};
  const up = new Promise<void>((resolve) => {
    tellUp = resolve;
  });
  if (!existsSync(join(folder, ".next", "BUILD_ID"))) {
    log.warn("The console is not built, so pages cannot be shown. Start with `npm start`, which builds it.");
    return { port: undefined, up, stop: async () => {} };
  }

  async function start(): Promise<void> {
    if (stopped) return;
    const chosen = await freePort();
    if (stopped) return;
    child = startChild({
      name: "console",
      args: [endsWithParent, next, "start", "-p", String(chosen), "-H", "127.0.0.1"],
      folder,
      environment: { NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: "production" },
      clock,
      log,
      isStopping,
      onEnd: () => {
        port = undefined;
        clock.after(restartAfter, () => void start());
      },
    });
    const look = async () => {
      if (stopped || port !== undefined) return;
      if (await answers(chosen)) {
        port = chosen;
        tellUp();
      } else clock.after(lookEvery, () => void look());
    };
    void look();
  }
  void start();
  return {
    get port() {
      return port;
    },
    up,
    async stop() {
      stopped = true;
      await child?.stop();
    },
  };
}

async function answers(port: number): Promise<boolean> {
  try {
    await fetch(`http://127.0.0.1:${port}/sign-in`, { redirect: "manual", signal: AbortSignal.timeout(10_000) });
    return true;
  } catch {
    // Not up yet, which is what was asked.
    return false;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
