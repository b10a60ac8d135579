import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";

/** Looks for the port as `npm start` does before everything else. */
async function look(port: string): Promise<{ code: unknown; said: string }> {
  const tools = (name: string) => JSON.stringify(join(import.meta.dirname, name));
  const program = `import { asProgram } from ${tools("setup.mjs")};
    import { refuseTakenPort } from ${tools("taken-port.mjs")};
    await asProgram(() => refuseTakenPort());`;
  const env = { ...process.env, LAMPLIGHTER_HOST: "", LAMPLIGHTER_HTTP_PORT: port };
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], { env });
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, "exit")]);
  return { code, said };
}

test("while a server holds the port, a second start ends with one sentence before it builds anything", async () => {
  const holder = createServer().listen(0, "127.0.0.1");
  await once(holder, "listening");
  const { port } = holder.address() as AddressInfo;
  expect(await look(String(port))).toEqual({
    code: 1,
    said: expect.stringMatching(new RegExp(`^HTTP port ${port} is in use already, .*LAMPLIGHTER_HTTP_PORT.*\n$`)),
  });
  holder.close();
  await once(holder, "close");
  expect(await look(String(port))).toEqual({ code: 0, said: "" });
});

test("a port that is none, or any, is left for the server to judge", async () => {
  expect(await look("0")).toEqual({ code: 0, said: "" });
  expect(await look("many")).toEqual({ code: 0, said: "" });
});
