import { DELETE, POST } from "@lamplighter/coap/code";
import { contentFormat } from "@lamplighter/coap/content-format";
import { CoapEndpoint } from "@lamplighter/coap/endpoint";
import { openTestDatabase, type TestDatabase, temporaryFolder } from "@lamplighter/db/testing";
import { secureRandom } from "@lamplighter/runtime/secure-random";
import { systemClock } from "@lamplighter/runtime/system-clock";
import { bindUdp } from "@lamplighter/runtime/udp-port";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTab, type RunningServer, startServer, welcome } from "../test/running-server.ts";

let database: TestDatabase;
let folder: ReturnType<typeof temporaryFolder>;
let server: RunningServer;
let tab: ReturnType<typeof openTab>;
beforeAll(async () => {
  folder = temporaryFolder();
  database = await openTestDatabase();
  server = await startServer({ DATABASE_URL: database.url, LAMPLIGHTER_DATA_FOLDER: folder.path });
  tab = openTab(server, await welcome(server));
});
afterAll(async () => {
  tab?.close();
  await server?.[Symbol.asyncDispose]();
  await database?.close();
  folder?.[Symbol.dispose]();
});

/** A light without a key that says what it is told to. */
async function plainLight(name: string) {
  const port = await bindUdp({ host: "127.0.0.1", port: 0 });
  const endpoint = new CoapEndpoint({ port, clock: systemClock(), random: secureRandom() });
  const ask = (request: {
    method: number;
    path: readonly string[];
    query?: string[];
    payload?: string;
    to?: number;
    format?: number;
  }) =>
    new Promise<{ code: string; location: readonly string[] }>((resolve, reject) => {
      const { method, path, query = [], payload = "", to = server.coapPort, format = contentFormat.link } = request;
      const body = payload === "" ? {} : { payload: Buffer.from(payload), contentFormat: format };
      endpoint.request({ peer: `127.0.0.1:${to}`, method, path, query, ...body }, (outcome) => {
        if (outcome.kind !== "response") return reject(new Error(outcome.kind));
        const { code, options } = outcome;
        const location = options.filter(({ number }) => number === 8).map(({ value }) => Buffer.from(value).toString());
        resolve({ code: `${code >> 5}.${String(code & 31).padStart(2, "0")}`, location });
      });
    });
  return {
    register: () =>
      ask({ method: POST, path: ["rd"], query: [`ep=${name}`, "lwm2m=1.1", "lt=300"], payload: "</3/0>" }),
    update: (location: readonly string[]) => ask({ method: POST, path: location }),
    leave: (location: readonly string[]) => ask({ method: DELETE, path: location }),
    send: () =>
      ask({ method: POST, path: ["dp"], payload: '[{"n":"/3/0/9","v":50}]', format: contentFormat.senmlJson }),
    bootstrap: () => ask({ method: POST, path: ["bs"], query: [`ep=${name}`], to: server.bootstrapPort }),
    async [Symbol.asyncDispose]() {
      endpoint.close();
      await port.close();
    },
  };
}

test("where nobody may speak in the clear, who did loses the registration and is refused everywhere; who is named may", async () => {
  const { security } = tab.api;
  await using light = await plainLight("plain");
  const { code, location } = await light.register();
  expect(code).toBe("2.01");
  expect((await light.send()).code).toBe("2.04");
  expect(await security.setNoSec.mutate({ noSec: "nobody" })).toEqual({ effective: "nobody", ended: 1 });
  expect((await light.update(location)).code).toBe("4.04");
  expect((await light.leave(location)).code).toBe("4.04");
  expect((await light.send()).code).toBe("4.04");
  expect((await light.register()).code).toBe("4.03");
  expect((await light.bootstrap()).code).toBe("4.03");

  await security.setNoSec.mutate({ noSec: "listed" });
  expect((await light.register()).code).toBe("4.03");
  const { credential } = await security.setCredential.mutate({ endpoint: "plain", mode: "no-sec" });
  expect((await light.register()).code).toBe("2.01");
  // A name for the server is none for the bootstrap server.
  expect((await light.bootstrap()).code).toBe("4.03");
  for (const name of ["Plain", "plain ", "pla\u0131n", "plain\u200b"]) {
    await using other = await plainLight(name);
    expect((await other.register()).code).toBe("4.03");
  }
  await security.revoke.mutate({ credentialId: credential.id });
  expect((await security.light.query({ endpoint: "plain" })).registered).toBeNull();
  expect((await light.register()).code).toBe("4.03");
});
