import { createServer, type IncomingHttpHeaders, type RequestListener, request } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";

export interface FrontProxy extends Disposable {
  /** Where it is reached: `http://localhost:…` or `https://localhost:…`. */
  readonly url: string;
  /** What it was asked for, oldest first. */
  readonly asked: { readonly path: string; readonly headers: IncomingHttpHeaders }[];
  /** Where it passes requests on to. */
  passTo(target: string): void;
  /** Nothing of an answer is passed back until this is called. */
  release(): void;
}

/** What stands in front of a server in production: passes each request on as it is, over TLS where it has a certificate. */
export async function frontProxy(tls?: { readonly cert: string; readonly key: string }): Promise<FrontProxy> {
  let target = "";
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const asked: FrontProxy["asked"] = [];
  const pass: RequestListener = (incoming, outgoing) => {
    asked.push({ path: incoming.url ?? "", headers: incoming.headers });
    const onward = request(`${target}${incoming.url}`, { method: incoming.method, headers: incoming.headers });
    onward.on("response", (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      outgoing.flushHeaders();
      void released.then(() => answer.pipe(outgoing));
    });
    onward.on("error", () => outgoing.destroy());
    outgoing.on("close", () => onward.destroy());
    incoming.pipe(onward);
  };
  const server = tls ? createSecureServer(tls, pass) : createServer(pass);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ...{ asked, release, url: `${tls ? "https" : "http"}://localhost:${port}` },
    passTo: (url) => {
      target = url;
    },
    [Symbol.dispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}
