// `npm test`: everything that must hold, one part after the other, with a progress line each.
// The last line is `N passed, N failed`. A name as argument runs that part alone: `npm test -- lint`.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asProgram, bin, buildConsole, has, node24, root, run, SetupFailure, say, setup } from "./setup.mjs";

const scratch = mkdtempSync(join(tmpdir(), "lamplighter-test-"));
const typed = ["runtime", "simulation", "coap", "dtls", "lwm2m", "device", "campaigns", "db", "api", "tooling"].map(
  (name) => `packages/${name}`,
);
typed.push("apps/server", "apps/simulator", "apps/web");

/** Each part returns how many of its checks passed and failed. */
const parts = {
  types: () =>
    tally(typed.map((project) => () => run(node24(), [bin("typescript", "bin/tsc"), "-p", project], { quiet: true }))),
  lint: () => tally([() => run(node24(), [bin("@biomejs/biome", "bin/biome"), "check", "."], { quiet: true })]),
  knip: () => tally([() => run(node24(), [bin("knip", "bin/knip.js"), "--no-progress"], { quiet: true })]),
  unit: () => vitest(),
  console: () => tally([buildConsole]),
  browser: () => playwright(),
};

async function tally(checks) {
  let passed = 0;
  let failed = 0;
  for (const check of checks) {
    try {
      await check();
      passed++;
    } catch (error) {
      failed++;
      say(error.message);
    }
  }
  return { passed, failed };
}

async function vitest() {
  await peers();
  const file = join(scratch, "vitest.json");
  const args = [bin("vitest", "vitest.mjs"), "run", "--config", "packages/tooling/vitest.config.ts"];
  const ok = await attempt(() =>
    run(node24(), [...args, "--reporter=default", "--reporter=json", `--outputFile.json=${file}`]),
  );
  if (!existsSync(file)) return { passed: 0, failed: 1 };
  const report = JSON.parse(readFileSync(file, "utf8"));
  // A file that cannot even be loaded has no tests of its own: it counts as one failure.
  const unloaded = report.testResults.filter(
    (suite) => suite.status === "failed" && suite.assertionResults.length === 0,
  ).length;
  const failed = report.numFailedTests + unloaded;
  return { passed: report.numPassedTests, failed: ok || failed > 0 ? failed : 1 };
}

async function playwright() {
  await chromium();
  await buildConsole();
  const file = join(scratch, "playwright.json");
  const cli = join(root, "apps", "web", "node_modules", "@playwright", "test", "cli.js");
  const ok = await attempt(() =>
    run(node24(), [cli, "test", "--reporter=list,json"], {
      cwd: join(root, "apps", "web"),
      env: { PLAYWRIGHT_JSON_OUTPUT_NAME: file },
    }),
  );
  if (!existsSync(file)) return { passed: 0, failed: 1 };
  const { stats } = JSON.parse(readFileSync(file, "utf8"));
  const failed = stats.unexpected + stats.flaky;
  return { passed: stats.expected, failed: ok || failed > 0 ? failed : 1 };
}

/** A browser for the tests: Debian's where the user may install it, otherwise the one Playwright brings. */
async function chromium() {
  if (process.env.LAMPLIGHTER_CHROMIUM || has("chromium") || existsSync("/usr/bin/chromium")) return;
  if (mayInstall()) return await install("chromium", "Chromium");
  say("Installing Playwright's Chromium …");
  const cli = join(root, "apps", "web", "node_modules", "@playwright", "test", "cli.js");
  await run(node24(), [cli, "install", "chromium"], { cwd: join(root, "apps", "web") });
}

/** Peers that somebody else wrote. Where one is missing and cannot be installed, its tests fail and say how. */
async function peers() {
  const libcoap = ["coap-client-openssl", "coap-client-gnutls"].every(has);
  if (!libcoap && mayInstall()) await attempt(() => install("libcoap3-bin", "libcoap's coap-client"));
  if (!has("openssl") && mayInstall()) await attempt(() => install("openssl", "openssl"));
}

const mayInstall = () => process.getuid?.() === 0 && has("apt-get");

async function install(name, title) {
  say(`Installing ${title} from Debian's packages …`);
  await run("apt-get", ["update", "-qq"], { quiet: true });
  await run("apt-get", ["install", "-y", "-qq", name], { quiet: true, env: { DEBIAN_FRONTEND: "noninteractive" } });
}

async function attempt(work) {
  try {
    await work();
    return true;
  } catch (error) {
    say(error.message);
    return false;
  }
}

await asProgram(async () => {
  const wanted = process.argv.slice(2);
  const unknown = wanted.filter((name) => !(name in parts));
  if (unknown.length > 0) {
    throw new SetupFailure(`There is no part "${unknown[0]}": the parts are ${Object.keys(parts).join(", ")}.`);
  }
  await setup();
  const total = { passed: 0, failed: 0 };
  const names = Object.keys(parts).filter((name) => wanted.length === 0 || wanted.includes(name));
  for (const [index, name] of names.entries()) {
    const begun = Date.now();
    say(`[${index + 1}/${names.length}] ${name} …`);
    const { passed, failed } = await parts[name]().catch((error) => {
      say(error.message);
      return { passed: 0, failed: 1 };
    });
    total.passed += passed;
    total.failed += failed;
    say(
      `[${index + 1}/${names.length}] ${name}: ${passed} passed, ${failed} failed (${Math.round((Date.now() - begun) / 1_000)} s)`,
    );
  }
  rmSync(scratch, { recursive: true, force: true });
  say(`${total.passed} passed, ${total.failed} failed`);
  return total.failed > 0 || total.passed === 0 ? 1 : 0;
});
