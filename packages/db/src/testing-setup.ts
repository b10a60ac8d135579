import { startTestPostgres } from "./testing.ts";

/** vitest's `globalSetup`: one PostgreSQL for the run, stopped at its end. */
export default startTestPostgres;
