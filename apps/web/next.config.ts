import path from "node:path";
import type { NextConfig } from "next";

/**
 * How the console is built.
 *
 * Types are checked by `tsc -p apps/web` in the test run, over the whole workspace at once; the build does not do it a second
 * time, because it also runs on the machine of somebody who only wants to start the program.
 */
const config: NextConfig = {
  transpilePackages: ["@lamplighter/campaigns", "@lamplighter/api"],
  typescript: { ignoreBuildErrors: true },
  typedRoutes: false,
  poweredByHeader: false,
  reactStrictMode: true,
  devIndicators: false,
  // The workspace's root, said aloud: otherwise Next looks for lockfiles further and further up.
  turbopack: { root: path.join(import.meta.dirname, "../..") },
  outputFileTracingRoot: path.join(import.meta.dirname, "../.."),
};

export default config;
