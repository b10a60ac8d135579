import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { systemClock } from "@lamplighter/runtime/system-clock";
import { expect, test } from "vitest";
import { startChild } from "./child-process.ts";

/** A server that starts one child; the child says its number by writing to the pipe it is given. */
const server = `
  import { startChild, endsWithParent } from ${JSON.stringify(join(import.meta.dirname, "child-process.ts"))};
  import { systemClock } from "@lamplighter/runtime/system-clock";
  const say = (line) => console.log(line);
  startChild({
    name: "child",
    args: [endsWithParent, "--eval", "console.log(process.pid); setInterval(() => {}, 1000)"],
    folder: ".",
    clock: systemClock(),
    isStopping: () => false,
    log: { debug: say, info: say, warn: say, error: say },
  });`;

test("a child that looks at nothing ends when its server is killed", async () => {
  const parent = spawn(process.execPath, ["--input-type=module", "--eval", server], {
    cwd: join(import.meta.dirname, ".."),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [said] = (await once(parent.stdout, "data")) as [Buffer];
  const child = Number(/child: (\d+)/.exec(said.toString())?.[1]);
  expect(child).toBeGreaterThan(1);
  parent.kill("SIGKILL");
  await once(parent, "exit");
  const isGone = () => {
    try {
      process.kill(child, 0);
      return false;
    } catch {
      // No process has that number any more.
      return true;
    }
  };
  await expect.poll(isGone, { timeout: 5_000 }).toBe(true);
});

/** Runs a program that ends as one does at Ctrl-C; what is said of it. */
async function saidOf(how: { readonly weStop: boolean }): Promise<string[]> {
  const said: string[] = [];
  const say = (line: string) => void said.push(line);
  let tellEnd = () => {};
  const end = new Promise<void>((resolve) => {
    tellEnd = resolve;
  });
  const child = startChild({
    name: "console",
    args: ["--eval", "process.exit(130)"],
    folder: ".",
    clock: systemClock(),
    log: { debug: say, info: say, warn: say, error: say },
    isStopping: () => {
      tellEnd();
      return how.weStop;
    },
    onEnd: () => say("again"),
  });
  await end;
  await child.stop();
  return said;
}

test("a child that Ctrl-C ends with us is no news; one that ends by itself is", async () => {
  expect(await saidOf({ weStop: true })).toEqual([]);
  expect(await saidOf({ weStop: false })).toEqual(["The console ended.", "again"]);
});
