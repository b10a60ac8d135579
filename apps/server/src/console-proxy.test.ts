import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { consoleProxy } from "./console-proxy.ts";

const open: { close(): unknown }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

async function listen(server: Server): Promise<number> {
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

async function throughProxy(console: Server | undefined): Promise<string> {
  const port = console && (await listen(console));
  const proxy = consoleProxy(() => port);
  open.push(proxy);
  return `http://127.0.0.1:${await listen(createServer((request, response) => proxy.pass(request, response)))}`;
}

test("a page passes as a stream: its beginning is there before its end is written", async () => {
  let finish = () => {};
  const url = await throughProxy(
    createServer((_, response) => {
      response.write("first ");
      finish = () => response.end("last");
    }),
  );
  const reader = (await fetch(url)).body?.getReader();
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe("first ");
  finish();
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe("last");
});

test("method, body, status and headers pass, what belongs to one connection does not", async () => {
  const url = await throughProxy(
    createServer(async (request, response) => {
      let body = "";
      for await (const part of request) body += part;
      response.writeHead(418, { "x-console": "yes", connection: "close" });
      response.end(JSON.stringify({ method: request.method, url: request.url, body, te: request.headers.te ?? null }));
    }),
  );
  const answer = await fetch(`${url}/lights?a=1`, { method: "POST", body: "hello", headers: { te: "trailers" } });
  expect([answer.status, answer.headers.get("x-console")]).toEqual([418, "yes"]);
  expect(await answer.json()).toEqual({ method: "POST", url: "/lights?a=1", body: "hello", te: null });
});

test("a kept connection that the console closes as it is used again costs no page: it is asked anew", async () => {
  let asked = 0;
  const console = createServer((_, response) => {
    asked++;
    // The second comes over the connection of the first, which ends without a word.
    if (asked === 2) response.socket?.destroy();
    else response.end(`page ${asked}`);
  });
  const url = await throughProxy(console);
  expect(await (await fetch(`${url}/a`)).text()).toBe("page 1");
  expect(await (await fetch(`${url}/b`)).text()).toBe("page 3");
  // What may change something is never sent twice.
  asked = 1;
  expect((await fetch(`${url}/c`, { method: "POST", body: "x" })).status).toBe(503);
  expect(asked).toBe(2);
});

test("while the console is not up, or has just gone, a friendly page looks again by itself", async () => {
  const gone = createServer();
  const port = await listen(gone);
  await new Promise((resolve) => gone.close(resolve));
  const proxy = consoleProxy(() => port);
  open.push(proxy);
  const behind = `http://127.0.0.1:${await listen(createServer((request, response) => proxy.pass(request, response)))}`;
  for (const url of [await throughProxy(undefined), behind]) {
    const answer = await fetch(url);
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "2"]);
    expect(await answer.text()).toContain('http-equiv="refresh"');
  }
});
