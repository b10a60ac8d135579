import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

export type SubjectKind = "raw" | "own" | "node-coap";

type Report = { kind: string; port?: number; microseconds?: number; why?: string };

/** A process under test, and the orders it understands. */
export async function startSubject(kind: SubjectKind, purpose: "serve" | "push") {
  const child: ChildProcess = fork(new URL("./subject.ts", import.meta.url), [kind, purpose], { stdio: "inherit" });
  const ready = await next(child);
  const order = async (message: object): Promise<Report> => {
    child.send(message);
    const report = await next(child);
    if (report.kind === "failed") throw new Error(`${kind}: ${report.why}`);
    return report;
  };
  return {
    port: ready.port!,
    start: () => order({ kind: "start" }),
    push: (ports: number[], bytes: number) => order({ kind: "push", ports, bytes }),
    /** CPU time of the child since `start`, user and system, in µs. */
    stop: async (): Promise<number> => (await order({ kind: "stop" })).microseconds!,
    async end(): Promise<void> {
      const exited = once(child, "exit");
      child.disconnect();
      await exited;
    },
  };
}

async function next(child: ChildProcess): Promise<Report> {
  const exit = new AbortController();
  child.once("exit", (code) => exit.abort(new Error(`the process under test ended with ${code}`)));
  const [message] = await once(child, "message", { signal: exit.signal });
  child.removeAllListeners("exit");
  return message as Report;
}
