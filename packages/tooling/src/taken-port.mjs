// Looks whether a server runs already, before set-up and build change the files that it runs from.
import { createServer } from "node:net";
import { SetupFailure } from "./setup.mjs";

/** Refuses, in one sentence, when the port that the server will ask for is taken. Everything else the server says itself. */
export async function refuseTakenPort({ LAMPLIGHTER_HTTP_PORT: wish, LAMPLIGHTER_HOST: host } = process.env) {
  // The server's own defaults; it reads and judges these settings in apps/server/src/config.ts.
  const port = Number(wish || "3000");
  if (!Number.isInteger(port) || port < 1 || port > 65_535 || !(await isTaken(port, host || "127.0.0.1"))) return;
  throw new SetupFailure(
    `HTTP port ${port} is in use already, perhaps by a Lamplighter that still runs: stop it, or set LAMPLIGHTER_HTTP_PORT to another port.`,
  );
}

function isTaken(port, host) {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", (error) => resolve(error.code === "EADDRINUSE"));
    probe.listen({ port, host }, () => probe.close(() => resolve(false)));
  });
}
