import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..", "..", "..");

/** What each part may import, lowest first. Imports point one way. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  runtime: [],
  simulation: ["runtime"],
  coap: ["runtime"],
  dtls: ["runtime"],
  lwm2m: ["runtime", "coap"],
  device: ["runtime", "coap", "dtls", "lwm2m"],
  campaigns: ["runtime", "coap", "lwm2m"],
  db: ["runtime", "coap", "dtls", "lwm2m", "campaigns"],
  api: ["runtime", "coap", "lwm2m", "campaigns", "db"],
  server: ["runtime", "coap", "dtls", "lwm2m", "campaigns", "db", "api"],
  simulator: ["runtime", "coap", "dtls", "lwm2m", "device", "api"],
  web: ["api", "campaigns", "lwm2m"],
};

/** Beyond that, tests, benchmarks and fixtures may use what stands in for the world. */
const mayTestWith = ["runtime", "simulation", "dtls", "device", "campaigns", "lwm2m", "db", "api"];

/** The console may load these as values; of everything else it knows only the types. */
const consoleValues = [
  /^@lamplighter\/campaigns\/(campaign|wave|job|device-query)$/,
  /^@lamplighter\/api\/permissions$/,
  /^@lamplighter\/lwm2m\/(models\/.*|object-model|path|mcuboot|malformed-input)$/,
  // What a bootstrap configuration may be: tables and judgement without imports of the engine.
  /^@lamplighter\/lwm2m\/bootstrap\/(check-configuration|configuration)$/,
];

interface Import {
  readonly file: string;
  readonly part: string;
  readonly target: string;
  readonly typeOnly: boolean;
  readonly inTest: boolean;
}

const imports = ["packages", "apps"].flatMap((folder) =>
  readdirSync(join(root, folder)).flatMap((part) =>
    sources(join(root, folder, part)).flatMap((path) => read(path, part)),
  ),
);

test("imports between packages point one way", () => {
  const wrong = imports.filter(({ part, target, inTest }) => {
    const other = target.split("/")[1] ?? "";
    if (other === part) return false;
    return !mayImport[part]?.includes(other) && !(inTest && mayTestWith.includes(other));
  });
  expect(wrong.map(({ file, target }) => `${file} imports ${target}`)).toEqual([]);
});

test("every part of the house has a place in the order", () => {
  const parts = ["packages", "apps"].flatMap((folder) => readdirSync(join(root, folder)));
  expect(parts.filter((part) => !(part in mayImport) && part !== "tooling" && part !== "handbook")).toEqual([]);
});

test("the console knows the engine and the API by their types only", () => {
  const wrong = imports.filter(
    ({ part, target, typeOnly, inTest }) =>
      part === "web" && !typeOnly && !inTest && !consoleValues.some((allowed) => allowed.test(target)),
  );
  expect(wrong.map(({ file, target }) => `${file} imports ${target}`)).toEqual([]);
});

test("no package reaches into another by a relative path", () => {
  const wrong = ["packages", "apps"].flatMap((folder) =>
    readdirSync(join(root, folder)).flatMap((part) =>
      sources(join(root, folder, part)).filter((path) =>
        [...readFileSync(path, "utf8").matchAll(/from "(\.[^"]+)"/g)].some(([, target]) =>
          relative(join(root, folder, part), join(path, "..", target ?? "")).startsWith(".."),
        ),
      ),
    ),
  );
  expect(wrong.map((path) => relative(root, path))).toEqual([]);
});

test("only the server's configuration reads the environment", () => {
  const readers = ["packages", "apps"]
    .flatMap((folder) => readdirSync(join(root, folder)).flatMap((part) => sources(join(root, folder, part))))
    // PATH alone may be handed on to programs that are started.
    .filter((path) => /process\.env(?!\.PATH\b)/.test(readFileSync(path, "utf8")))
    .map((path) => relative(root, path))
    .filter((path) => !isTest(path) && !path.startsWith("packages/tooling/") && path !== "apps/server/src/config.ts");
  expect(readers).toEqual([]);
});

function sources(folder: string): string[] {
  return readdirSync(folder).flatMap((entry) => {
    const path = join(folder, entry);
    if (["node_modules", ".next", "generated", "public", "test-results"].includes(entry)) return [];
    if (statSync(path).isDirectory()) return sources(path);
    return /\.tsx?$/.test(entry) && !entry.endsWith(".d.ts") ? [path] : [];
  });
}

function read(path: string, part: string): Import[] {
  const text = readFileSync(path, "utf8");
  const file = relative(root, path);
  const found = text.matchAll(
    /(?:^|\n)\s*(import|export)\s+(type\s)?[^;]*?from\s+"(@lamplighter\/[^"]+)"|import\(\s*"(@lamplighter\/[^"]+)"\s*\)/g,
  );
  return [...found].map((match) => ({
    file,
    part,
    target: match[3] ?? match[4] ?? "",
    // `import("…").Name` inside a type is a type; a dynamic import of a package is not used in this house.
    typeOnly: match[2] !== undefined || match[4] !== undefined,
    inTest: isTest(file),
  }));
}

function isTest(file: string): boolean {
  return /\.(test|contract)\.tsx?$|\/(bench|test|fuzz|conformance|e2e|testing|proof)(\/|\.ts)|playwright\.config/.test(
    file,
  );
}
