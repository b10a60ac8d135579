import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Clock } from "@lamplighter/runtime/clock";
import { seconds } from "@lamplighter/runtime/duration";
import type { Log } from "@lamplighter/runtime/log";
import { childEnvironment } from "./config.ts";

export interface ChildOptions {
  readonly name: string;
  readonly args: readonly string[];
  readonly folder: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly log: Log;
  /** Tells whether we are ending ourselves: Ctrl-C reaches a child at the same time, and it ends before it is asked to. */
  readonly isStopping: () => boolean;
  /** Called when it ended although nobody asked it to. */
  readonly onEnd?: (how: string) => void;
}

export interface Child {
  stop(): Promise<void>;
}

/** For a program that is not ours and does not look at the channel: Node's option that ends it when we are killed. */
export const endsWithParent = `--import=data:text/javascript,${encodeURIComponent('process.once("disconnect",()=>process.exit())')}`;

const stopWithin = seconds(5);

/**
 * Starts a program of the workspace as a child. It has a channel to us, so that it notices when we are killed; its output
 * goes to our log.
 */
export function startChild({
  name,
  args,
  folder,
  environment = {},
  clock,
  log,
  isStopping,
  onEnd,
}: ChildOptions): Child {
  const child = spawn(process.execPath, [...args], {
    cwd: folder,
    env: childEnvironment(environment),
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let isStopped = false;
  const gone = new Promise<void>((resolve) => {
    const end = (how: string) => {
      resolve();
      if (isStopped || isStopping()) return;
      log.warn(`The ${name} ended.`, { how });
      onEnd?.(how);
    };
    child.once("exit", (code, signal) => end(signal ?? `code ${code}`));
    child.once("error", (error) => end(error.message));
  });
  logLines(child, name, log);
  return {
    async stop() {
      isStopped = true;
      child.kill("SIGTERM");
      const cancel = clock.after(stopWithin, () => child.kill("SIGKILL"));
      await gone;
      cancel();
    },
  };
}

function logLines(child: ChildProcess, name: string, log: Log): void {
  if (child.stdout) createInterface({ input: child.stdout }).on("line", (line) => log.debug(`${name}: ${line}`));
  if (child.stderr) createInterface({ input: child.stderr }).on("line", (line) => log.warn(`${name}: ${line}`));
}
