import { existsSync } from "node:fs";
import type { LaunchOptions } from "@playwright/test";

const debians = "/usr/bin/chromium";

/**
 * Which browser, and how it is started: `LAMPLIGHTER_CHROMIUM` if set, else Debian's if there, else the one Playwright brings.
 * Software rendering, because the map needs WebGL and a test machine has no graphics card.
 */
export function chromium(): LaunchOptions {
  const chosen = process.env.LAMPLIGHTER_CHROMIUM ?? (existsSync(debians) ? debians : undefined);
  return {
    ...(chosen ? { executablePath: chosen } : {}),
    args: [
      "--no-sandbox",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--disable-dev-shm-usage",
      "--use-angle=swiftshader",
      "--enable-unsafe-swiftshader",
    ],
  };
}
