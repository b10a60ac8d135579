import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { systemClock } from "@lamplighter/runtime/system-clock";
import { bindUdp, parseAddress } from "@lamplighter/runtime/udp-port";
import type { DtlsEvent, DtlsServerOptions } from "../src/server-options.ts";
import { DtlsServerPort } from "../src/server-port.ts";

export const peerKey = "a-key-of-16bytes";

/** A server on a free port of this machine, which sends back what it hears, for peers that somebody else wrote. */
export async function realServer(given: Partial<DtlsServerOptions> = {}) {
  const udp = await bindUdp({ host: "127.0.0.1", port: 0 });
  const events: DtlsEvent[] = [];
  const waiting: { wanted: (event: DtlsEvent) => boolean; found: (event: DtlsEvent) => void }[] = [];
  const server = new DtlsServerPort({
    port: udp,
    clock: systemClock(),
    randomBytes: (count) => randomBytes(count),
    keyOf: (identity) => (Buffer.from(identity).toString() === "light-1" ? Buffer.from(peerKey) : undefined),
    onEvent: (event) => {
      events.push(event);
      for (const { wanted, found } of waiting) if (wanted(event)) found(event);
    },
    ...given,
  });
  server.onDatagram((from, datagram) => server.send(from, datagram));
  return {
    server,
    events,
    port: parseAddress(udp.address).port,
    /** The first event of a kind, past ones included. */
    event: (kind: DtlsEvent["kind"]) =>
      new Promise<DtlsEvent>((found) => {
        const past = events.find((event) => event.kind === kind);
        if (past) found(past);
        else waiting.push({ wanted: (event) => event.kind === kind, found });
      }),
    async [Symbol.asyncDispose]() {
      server.stop();
      await udp.close();
    },
  };
}

/** Runs a program of somebody else's; `says` resolves with all it printed as soon as that has `words` in it. */
export function program(command: string, args: readonly string[]) {
  const child: ChildProcess = spawn(command, args, { stdio: "pipe" });
  let output = "";
  const waiting: { words: string; found: (output: string) => void }[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (data: Buffer) => {
      output += data.toString("latin1");
      for (const { words, found } of waiting) if (output.includes(words)) found(output);
    });
  }
  const ended = new Promise<string>((resolve, reject) => {
    child.on("error", (error) => reject(new Error(`${command} cannot be run: ${error.message}`)));
    child.on("close", () => resolve(output));
  });
  return {
    ended,
    say: (line: string) => child.stdin?.write(`${line}\n`),
    says: (words: string) =>
      Promise.race([
        new Promise<string>((found) => {
          if (output.includes(words)) found(output);
          else waiting.push({ words, found });
        }),
        ended.then((all) => {
          if (all.includes(words)) return all;
          throw new Error(`${command} ended without saying ${JSON.stringify(words)}:\n${all}`);
        }),
      ]),
    [Symbol.dispose]() {
      child.kill("SIGKILL");
    },
  };
}
