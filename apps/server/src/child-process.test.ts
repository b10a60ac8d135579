import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, test } from "vitest";

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
