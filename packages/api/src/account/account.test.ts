import { hours } from "@lamplighter/runtime/duration";
import { silentLog } from "@lamplighter/runtime/log";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openWorld, type World } from "../../test/world.ts";
import { type Auth, actorOf, createAuth } from "./auth.ts";
import { type OneTimeLinks, oneTimeLinks } from "./one-time-link.ts";
import { demoAdministrator, demoEmail, hasAdministrator, mayBeLetIn, shutOutDemoAdministrator } from "./people.ts";

const url = "http://lights.example:3000";
let world: World;
let links: OneTimeLinks;
let auth: Auth;
beforeAll(async () => {
  world = await openWorld();
  links = oneTimeLinks({ db: world.services.db, clock: world.clock });
  auth = createAuth({
    db: world.services.db,
    links,
    secret: "a secret of thirty-two characters!",
    publicUrl: url,
    trustedOrigins: () => [url],
    log: silentLog,
  });
});
afterAll(() => world[Symbol.asyncDispose]());

let caller = 0;
function send(path: string, body?: unknown, headers: Record<string, string> = {}) {
  return auth.handler(
    new Request(`${url}/api/auth${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: {
        "content-type": "application/json",
        origin: url,
        "x-lamplighter-client": `192.0.2.${++caller}`,
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }),
  );
}
const cookieOf = (answer: Response) =>
  answer.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");
const ada = { name: "Ada", email: "Ada@Example.org", password: "correct horse battery" };

test("nobody can sign up, and there is no administrator to begin with", async () => {
  expect((await send("/sign-up/email", ada)).status).toBeGreaterThanOrEqual(400);
  expect(await hasAdministrator(world.services.db)).toBe(false);
});

test("the welcome link makes the first administrator once, and only while it is fresh", async () => {
  const old = await links.issue("welcome", { validFor: hours(1) });
  const token = await links.issue("welcome", { validFor: hours(1) });
  expect((await send("/welcome", { ...ada, token: old })).status).toBe(410);
  // Asking spends nothing, and tells of an old and of a made-up link alike.
  const asked = (given: string) => send(`/welcome?token=${encodeURIComponent(given)}`);
  expect((await Promise.all([token, token, old, "made up"].map(asked))).map(({ status }) => status)).toEqual([
    200, 200, 410, 410,
  ]);
  const [spent, madeUp] = await Promise.all([old, "made up"].map(async (given) => (await asked(given)).text()));
  expect(spent).toBe(madeUp);
  expect((await send("/welcome", { ...ada, token: `${token.slice(0, -1)}!` })).status).toBe(410);
  expect((await send("/welcome", { ...ada, token, password: "short" })).status).toBe(400);
  const answer = await send("/welcome", { ...ada, token });
  expect(answer.status).toBe(200);
  const actor = await actorOf(auth, new Headers({ cookie: cookieOf(answer) }));
  expect(actor).toMatchObject({ name: "Ada", email: "ada@example.org", role: "administrator" });
  expect((await send("/welcome", { ...ada, email: "eve@example.org", token })).status).toBe(410);
  expect((await asked(token)).status).toBe(410);
  expect(await hasAdministrator(world.services.db)).toBe(true);

  const late = await links.issue("welcome", { validFor: hours(1) });
  world.clock.advance(hours(2));
  expect(await links.isGood("welcome", late)).toBe(false);
  expect((await send("/welcome", { ...ada, email: "late@example.org", token: late })).status).toBe(410);
});

test("of two who use one link at the same moment only one gets in", async () => {
  const token = await links.issue("welcome", { validFor: hours(1) });
  const both = await Promise.all(
    ["one", "two"].map((name) => send("/welcome", { ...ada, email: `${name}@example.org`, token })),
  );
  expect(both.map(({ status }) => status).sort()).toEqual([200, 410]);
});

test("a link's token is nowhere in the database", async () => {
  const token = await links.issue("welcome", { validFor: hours(1) });
  const rows = await world.services.db.verification.findMany();
  expect(rows.length).toBeGreaterThan(0);
  expect(JSON.stringify(rows)).not.toContain(token);
});

test("a password signs in, a wrong one does not, and guessing is slowed down", async () => {
  const right = await send("/sign-in/email", { email: "ada@example.org", password: ada.password });
  expect(right.status).toBe(200);
  expect(right.headers.getSetCookie()[0]).toMatch(/^lamplighter\.session_token=.*HttpOnly.*SameSite=Lax/i);
  const guesses: number[] = [];
  for (let guess = 0; guess < 12; guess++) {
    const body = { email: "ada@example.org", password: `guess number ${guess}` };
    guesses.push((await send("/sign-in/email", body, { "x-lamplighter-client": "203.0.113.9" })).status);
  }
  expect(guesses[0]).toBe(401);
  expect(guesses.at(-1)).toBe(429);
});

test("the demo's administrator comes in by a link only, once", async () => {
  const { db, newId } = world.services;
  const userId = await demoAdministrator(db, newId);
  expect(await demoAdministrator(db, newId)).toBe(userId);
  const token = await links.issue("sign-in", { userId, validFor: hours(1) });
  expect(
    (await send(`/sign-in-link?token=${await links.issue("welcome", { validFor: hours(1) })}`)).headers.get("location"),
  ).toBe("/sign-in?link=used");
  const answer = await send(`/sign-in-link?token=${token}`);
  expect([answer.status, answer.headers.get("location")]).toEqual([302, "/"]);
  expect(await actorOf(auth, new Headers({ cookie: cookieOf(answer) }))).toMatchObject({ email: demoEmail });
  expect((await send(`/sign-in-link?token=${token}`)).headers.get("location")).toBe("/sign-in?link=used");
});

test("without the demo its administrator has no session and no link, and comes back with the demo", async () => {
  const { db, newId } = world.services;
  const userId = await demoAdministrator(db, newId);
  const followed = async () =>
    send(`/sign-in-link?token=${await links.issue("sign-in", { userId, validFor: hours(1) })}`);
  const cookie = cookieOf(await followed());
  const unused = await links.issue("sign-in", { userId, validFor: hours(1) });
  await shutOutDemoAdministrator(db);
  expect(await actorOf(auth, new Headers({ cookie }))).toBeUndefined();
  expect((await send(`/sign-in-link?token=${unused}`)).headers.get("location")).toBe("/sign-in?link=used");
  const { email, role } = await db.user.findUniqueOrThrow({ where: { id: userId } });
  expect([role, mayBeLetIn({ email, role }), mayBeLetIn({ email: ada.email, role })]).toEqual(["viewer", false, true]);
  expect(await demoAdministrator(db, newId)).toBe(userId);
  const again = new Headers({ cookie: cookieOf(await followed()) });
  expect(await actorOf(auth, again)).toMatchObject({ email: demoEmail, role: "administrator" });
});

test("a session that was ended is worth nothing any more", async () => {
  const answer = await send("/sign-in/email", { email: "ada@example.org", password: ada.password });
  const cookie = cookieOf(answer);
  expect(await actorOf(auth, new Headers({ cookie }))).toBeDefined();
  await send("/sign-out", {}, { cookie });
  expect(await actorOf(auth, new Headers({ cookie }))).toBeUndefined();
  expect(await actorOf(auth, new Headers({ cookie: "lamplighter.session_token=made.up" }))).toBeUndefined();
});
