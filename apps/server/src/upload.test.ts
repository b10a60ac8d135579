import { once } from "node:events";
import { createServer, request as sendRequest } from "node:http";
import type { AddressInfo } from "node:net";
import type { Readable } from "node:stream";
import type { Services } from "@lamplighter/api/context";
import { Problem } from "@lamplighter/api/problem";
import { milliseconds } from "@lamplighter/runtime/duration";
import { afterEach, expect, test } from "vitest";
import { uploadDoor, uploadsAtOnceMax } from "./upload.ts";

const open: { close(): unknown }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

/** A door that reads whole uploads, and then says that it has read them. */
async function doorFor(role: string, silenceMax = milliseconds(100)): Promise<number> {
  const services = {
    facts: { firmwareBytesMax: 1_000_000 },
    db: { package: { findMany: async () => [] } },
    blobs: {
      receive: async (body: Readable) => {
        for await (const _ of body);
        throw new Problem("wrong-state", "Read to its end.");
      },
    },
  } as unknown as Services;
  const door = uploadDoor(services, { silenceMax });
  const actor = { id: "ada", name: "Ada", email: "", role };
  const server = createServer(
    (request, response) => void door(request, response, actor, new URL(request.url ?? "", "http://x")),
  );
  open.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

const begin = (port: number, contentLength: number) =>
  sendRequest({
    port,
    method: "POST",
    path: "/api/firmware?name=Lamp",
    headers: { "content-length": contentLength },
    agent: false,
  });

test("uploads of which nothing comes any more are ended, and make room for others", async () => {
  const port = await doorFor("administrator");
  const idle = Array.from({ length: uploadsAtOnceMax }, () => {
    const upload = begin(port, 1_000);
    upload.on("error", () => {});
    upload.write("x");
    return new Promise<void>((resolve) => upload.once("close", resolve));
  });
  await Promise.all(idle);
  const whole = begin(port, 4).end("data");
  const [response] = await once(whole, "response");
  expect(response.statusCode).toBe(400);
  response.resume();
});

test("who may not upload takes no place", async () => {
  const port = await doorFor("viewer", milliseconds(60_000));
  const answers = Array.from({ length: uploadsAtOnceMax + 1 }, async () => {
    const upload = begin(port, 1_000);
    upload.on("error", () => {});
    upload.write("x");
    const [response] = await once(upload, "response");
    upload.destroy();
    return response.statusCode;
  });
  expect(await Promise.all(answers)).toEqual(Array(uploadsAtOnceMax + 1).fill(403));
});
