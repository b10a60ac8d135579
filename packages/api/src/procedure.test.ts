import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openWorld, type World } from "../test/world.ts";
import { appRouter } from "./router.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

async function ask(path: string, init: RequestInit = {}): Promise<[number, string, string]> {
  const actor = { id: "user-1", name: "Ada", email: "", role: "administrator" };
  const answer = await fetchRequestHandler({
    endpoint: "/api/trpc",
    router: appRouter,
    req: new Request(`http://localhost/api/trpc/${path}`, init),
    createContext: () => ({ ...world.services, currentActor: async () => actor, connection: undefined }),
  });
  const { error } = (await answer.json()) as { error: { message: string; data: { reason: string } } };
  return [answer.status, error.data.reason, error.message];
}

const json = { "content-type": "application/json" };

test.each([
  ["a change asked for with GET", "campaign.pause?input=%7B%22id%22%3A%22x%22%7D", {}, 405, "invalid-input", /POST/],
  [
    "a body that is not JSON",
    "campaign.pause",
    { method: "POST", headers: json, body: "{" },
    400,
    "invalid-input",
    /is not JSON/,
  ],
  ["an input that is not JSON", "campaign.get?input=%7B", {}, 400, "invalid-input", /is not JSON/],
  [
    "another content type",
    "campaign.pause",
    { method: "POST", headers: { "content-type": "text/xml" }, body: "<a/>" },
    415,
    "invalid-input",
    /application\/json/,
  ],
  ["a name that nothing has", "campaign.fly", {}, 404, "not-found", /campaign\.fly/],
] as const)("%s is the sender's mistake, said in words", async (_, path, init, status, reason, words) => {
  const [answered, why, message] = await ask(path, init);
  expect([answered, why]).toEqual([status, reason]);
  expect(message).toMatch(words);
});

test("what is wrong with an input is said in our sentences as they are, and in the library's with the field", async () => {
  const wrong = (body: unknown) =>
    ask("security.setCredential", { method: "POST", headers: json, body: JSON.stringify(body) });
  const [status, reason, message] = await wrong({ endpoint: "", mode: "psk" });
  expect([status, reason, message]).toEqual([400, "invalid-input", "Give the endpoint name."]);
  expect((await wrong({ endpoint: "", mode: 7 }))[2]).toMatch(/^Give the endpoint name\.\nmode: Invalid option: .*\.$/);
});
