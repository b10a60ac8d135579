// Gets a fresh clone ready to run. Plain JavaScript without imports from npm, because it runs on any Node from 18 on,
// before anything is installed. Every step leaves a stamp, so that a later start skips what has not changed.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
const pnpm = "pnpm@10.34.9";
const stamps = join(root, "node_modules", ".lamplighter");

/** A failure a person can act on: printed as one sentence, without a stack. */
export class SetupFailure extends Error {}

/** Prints one line of progress. */
export function say(line) {
  process.stdout.write(`${line}\n`);
}

/** Installs what the lockfile names and generates the database client, unless that was done for these very files. */
export async function setup() {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < 18) {
    throw new SetupFailure(`Node ${process.versions.node} is too old: install Node 18 or newer and start again.`);
  }
  await once("install", [join(root, "pnpm-lock.yaml"), ...manifests()], async () => {
    say("Installing dependencies from the lockfile …");
    await run(npx(), ["--yes", pnpm, "install", "--frozen-lockfile", "--reporter=append-only"], {
      quiet: true,
      sentence:
        "The dependencies could not be installed: check that the npm registry can be reached, then start again.",
    });
  });
  const schema = join(root, "prisma", "schema.prisma");
  const generated = join(root, "packages", "db", "src", "generated", "client.ts");
  await once(
    "prisma",
    [schema],
    async () => {
      say("Generating the database client …");
      // Its download is not needed to generate; any executable satisfies the check.
      await run(
        node24(),
        [bin("prisma", "build/index.js"), "generate", "--config", join(root, "prisma", "prisma.config.ts")],
        {
          quiet: true,
          env: {
            PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
            PRISMA_HIDE_UPDATE_MESSAGE: "1",
            CHECKPOINT_DISABLE: "1",
          },
          sentence: "The database client could not be generated from prisma/schema.prisma.",
        },
      );
    },
    () => existsSync(generated),
  );
}

/** Builds the console when its sources changed since the last build. */
export async function buildConsole() {
  const web = join(root, "apps", "web");
  const sources = [
    join(web, "src"),
    join(web, "package.json"),
    join(root, "packages", "api", "src"),
    join(root, "packages", "campaigns", "src"),
    join(root, "pnpm-lock.yaml"),
  ];
  for (const name of ["next.config.ts", "next.config.mjs", "postcss.config.mjs", "tsconfig.json"])
    sources.push(join(web, name));
  await once(
    "console",
    sources,
    async () => {
      say("Building the console …");
      await run(node24(), [join(web, "node_modules", "next", "dist", "bin", "next"), "build"], {
        quiet: true,
        cwd: web,
        env: { NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: "production" },
        sentence: "The console could not be built.",
      });
    },
    () => existsSync(join(web, ".next", "BUILD_ID")),
  );
}

/** The Node that runs the product: the one from the lockfile where there is one for this platform, else this one if it is new enough. */
export function node24() {
  const platform = process.platform === "win32" ? "win" : process.platform;
  const path = join(
    root,
    "node_modules",
    `node-${platform}-${process.arch}`,
    "bin",
    process.platform === "win32" ? "node.exe" : "node",
  );
  if (existsSync(path)) return path;
  if (Number(process.versions.node.split(".")[0]) >= 24) return process.execPath;
  throw new SetupFailure(
    `The product runs on Node 24, which the lockfile does not carry for ${process.platform}-${process.arch}: install Node 24 and start again.`,
  );
}

/** Environment for children: Node 24 comes first, whatever Node started us. */
export function childEnvironment(extra = {}) {
  const path = [dirname(node24()), join(root, "node_modules", ".bin"), process.env.PATH].join(
    process.platform === "win32" ? ";" : ":",
  );
  return { ...process.env, ...extra, PATH: path };
}

/** Path of a script of an installed root dependency. */
export function bin(name, script) {
  return join(root, "node_modules", name, script);
}

/** Runs a command to its end; rejects with {@link SetupFailure} and the last lines it printed when it fails. */
export function run(command, args, { cwd = root, env = {}, quiet = false, sentence } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: existsSync(join(root, "node_modules")) ? safeEnvironment(env) : { ...process.env, ...env },
      stdio: quiet ? ["ignore", "pipe", "pipe"] : "inherit",
      // A .cmd file is not a program: Windows needs its shell to run npx.
      shell: process.platform === "win32" && command.endsWith(".cmd"),
    });
    let tail = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (data) => {
        tail = (tail + data).slice(-6_000);
      });
    }
    child.on("error", (error) => reject(new SetupFailure(`${sentence ?? command} (${error.message})`)));
    child.on("close", (code) => {
      if (code === 0) return resolve();
      reject(new SetupFailure([tail.trim(), sentence ?? `${command} ended with ${code}.`].filter(Boolean).join("\n")));
    });
  });
}

function safeEnvironment(extra) {
  try {
    return childEnvironment(extra);
  } catch {
    // Before the first install there is no Node 24 yet.
    return { ...process.env, ...extra };
  }
}

/** Runs a TypeScript program of the workspace in the foreground, hands signals on, and returns its exit code. */
export function runProgram(args, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(node24(), args, { cwd: root, env: childEnvironment(env), stdio: "inherit" });
    // The terminal sends Ctrl-C to the whole group; this process only has to outlive its child.
    const ignore = () => {};
    const handOn = (signal) => child.kill(signal);
    process.on("SIGINT", process.stdin.isTTY ? ignore : handOn);
    process.on("SIGTERM", handOn);
    child.on("close", (code, signal) => resolve(code ?? (signal === "SIGINT" || signal === "SIGTERM" ? 0 : 1)));
  });
}

/** Tells whether a command exists on this machine. */
export function has(command) {
  return spawnSync(process.platform === "win32" ? "where" : "which", [command], { stdio: "ignore" }).status === 0;
}

function npx() {
  return process.platform === "win32" ? "npx.cmd" : "npx";
}

async function once(name, inputs, work, stillThere = () => existsSync(join(root, "node_modules"))) {
  const stamp = join(stamps, name);
  const fingerprint = digest(inputs);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === fingerprint && stillThere()) return;
  await work();
  mkdirSync(stamps, { recursive: true });
  writeFileSync(stamp, fingerprint);
}

function digest(paths) {
  const hash = createHash("sha256");
  const add = (path) => {
    if (!existsSync(path)) return;
    if (!statSync(path).isDirectory()) return void hash.update(path.slice(root.length)).update(readFileSync(path));
    for (const entry of readdirSync(path).sort()) {
      if (entry !== "generated" && entry !== "node_modules") add(join(path, entry));
    }
  };
  paths.forEach(add);
  return hash.digest("hex");
}

function manifests() {
  return ["apps", "packages"].flatMap((folder) =>
    readdirSync(join(root, folder)).map((name) => join(root, folder, name, "package.json")),
  );
}

/** Runs `main`, prints a failure as one sentence, and sets the exit code. */
export async function asProgram(main) {
  try {
    process.exitCode = (await main()) ?? 0;
  } catch (error) {
    process.stderr.write(`${error instanceof SetupFailure ? error.message : (error?.stack ?? error)}\n`);
    process.exitCode = 1;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await asProgram(setup);
