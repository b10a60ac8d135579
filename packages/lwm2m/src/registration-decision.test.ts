import { expect, test } from "vitest";
import { hostOf, sameIdentity } from "./identity.ts";
import { decideRegister, decideUpdate } from "./registration-decision.ts";
import { isRefusal, parseRegister, parseUpdate } from "./registration-request.ts";
import { utf8 } from "./testing/bytes.ts";
import { registrationOf } from "./testing/registrations.ts";

const request = parseRegister(["ep=light-1", "lt=300", "lwm2m=1.1", "b=U"], utf8("</3/0>"));
if (isRefusal(request)) throw new Error("refused");
const situation = { request, address: "192.0.2.7:5683", id: "new-id", now: 50_000, current: undefined };

test("the first Register of an endpoint is accepted", () => {
  expect(decideRegister({ ...situation, enrol: () => "accept" })).toEqual({
    kind: "accept",
    replaced: false,
    registration: registrationOf({ id: "new-id", registeredAt: 50_000, lastSeenAt: 50_000, expiresAt: 350_000 }),
  });
});

test("enrolment may refuse, or have it wait for a person", () => {
  expect(decideRegister({ ...situation, enrol: () => "refuse" })).toMatchObject({ kind: "refuse", code: 0x83 });
  expect(decideRegister({ ...situation, enrol: () => "pending" })).toMatchObject({ registration: { pending: true } });
});

test("an endpoint that was accepted is not asked about again, one that is pending is", () => {
  const current = registrationOf();
  const enrol = () => "refuse" as const;
  expect(decideRegister({ ...situation, current, enrol })).toMatchObject({ kind: "accept", replaced: true });
  expect(decideRegister({ ...situation, current: { ...current, pending: true }, enrol })).toMatchObject({
    kind: "refuse",
  });
});

test("the same host from another port replaces the registration, another host does not", () => {
  const current = registrationOf();
  const enrol = () => "accept" as const;
  expect(decideRegister({ ...situation, address: "192.0.2.7:40000", current, enrol })).toMatchObject({
    kind: "accept",
    replaced: true,
    registration: { id: "new-id", address: "192.0.2.7:40000" },
  });
  const taken = decideRegister({ ...situation, address: "192.0.2.8:5683", current, enrol });
  expect(taken).toMatchObject({ kind: "refuse", code: 0x83, why: expect.stringContaining("192.0.2.7:5683") });
});

test("a lifetime of 0 never ends", () => {
  const decision = decideRegister({ ...situation, request: { ...request, lifetimeSeconds: 0 }, enrol: () => "accept" });
  expect(decision).toMatchObject({ registration: { expiresAt: Number.POSITIVE_INFINITY } });
});

const update = (query: string[], payload = "", address = "192.0.2.7:5683") =>
  decideUpdate(
    registrationOf({
      attributes: { x: "1" },
      objects: [
        { object: 3, instances: [0] },
        { object: 5, instances: [0] },
      ],
    }),
    parseUpdate(query, utf8(payload)),
    { address, now: 60_000 },
  );

test("an empty Update refreshes the times and nothing else", () => {
  const { registration, changed, mustSave } = update([]);
  expect(changed).toEqual([]);
  expect(mustSave).toBe(false);
  expect(registration).toMatchObject({ lastSeenAt: 60_000, expiresAt: 360_000, registeredAt: 1_000, id: "an-id" });
});

test("an Update that repeats what is known is a mere refresh", () => {
  expect(update(["lt=300", "b=U", "x=1"], "</5/0>,</3/0>").mustSave).toBe(false);
});

test.each([
  [["lt=60"], "", undefined, ["lifetime"]],
  [["b=UQ"], "", undefined, ["binding"]],
  [["Q"], "", undefined, ["binding"]],
  [["sms=123"], "", undefined, ["binding"]],
  [[], "</3/0>", undefined, ["objects"]],
  [[], "</3/0>,</3/1>,</5/0>", undefined, ["objects"]],
  [[], "</3>;ver=1.1,</3/0>,</5/0>", undefined, ["objects"]],
  [[], "", "192.0.2.7:9", ["address"]],
  [["lt=60", "b=T"], "</3/0>", "192.0.2.7:9", ["address", "lifetime", "binding", "objects"]],
])("the Update %j %j from %s changes %j", (query, payload, address, expected) => {
  const { changed, mustSave } = update(query, payload, address);
  expect(changed).toEqual(expected);
  expect(mustSave).toBe(true);
});

test("an object list replaces, and what is not given stays", () => {
  const { registration } = update(["y=2"], "</3/0>");
  expect(registration.objects).toEqual([{ object: 3, instances: [0] }]);
  expect(registration.attributes).toEqual({ x: "1", y: "2" });
  expect(registration.lifetimeSeconds).toBe(300);
});

test("in NoSec an identity is a host, whatever its port", () => {
  expect(sameIdentity("192.0.2.7:5683", "192.0.2.7:1")).toBe(true);
  expect(sameIdentity("192.0.2.7:5683", "192.0.2.70:5683")).toBe(false);
  expect(sameIdentity("[2001:db8::7]:5683", "[2001:db8::7]:9")).toBe(true);
  expect(sameIdentity("[2001:db8::7]:5683", "[2001:db8::8]:5683")).toBe(false);
  expect(hostOf("a-name")).toBe("a-name");
});
