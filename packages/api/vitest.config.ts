import { defineConfig } from "vitest/config";

export default defineConfig({ test: { globalSetup: ["@lamplighter/db/testing-setup"], testTimeout: 20_000 } });
