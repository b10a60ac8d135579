import type { BootstrapConfiguration } from "@lamplighter/lwm2m/bootstrap/configuration";
import { expect, test } from "vitest";
import { draftOf, freeServerId, inputOf, newDraft, newServer, problemsOf } from "./draft";

const draft = { ...newDraft("coap://192.0.2.1:5683"), name: "Everybody" };

test("a fresh draft lacks a name and nothing else", () => {
  expect([...problemsOf(newDraft("coap://192.0.2.1:5683")).keys()]).toEqual(["name"]);
  expect(problemsOf(draft).size).toBe(0);
});

test("what is stored comes back into the form as it was sent", () => {
  const full = {
    ...draft,
    targetKind: "device" as const,
    endpoint: "light-1",
    bootstrapUri: "coap://192.0.2.2:5783",
    bootstrapHoldOffSeconds: 4,
    bootstrapTimeoutSeconds: 0,
    format: "senml-cbor" as const,
    servers: [
      { ...draft.servers[0]!, transports: "UT", queueMode: true, periodMinSeconds: 5, disableTimeoutSeconds: 3 },
    ],
  };
  const { name, target, configuration } = inputOf(full);
  const view = { id: "1", updatedAt: "", name, target: { ...target, deviceId: null }, configuration };
  expect(inputOf(draftOf(view as Parameters<typeof draftOf>[0]))).toEqual(inputOf(full));
});

test("a server behind DTLS is reached with the light's own key, and keys in the clear are for those alone", () => {
  const protect = (uri: string) =>
    inputOf({ ...draft, servers: [newServer(uri, 1)], handsOutKeysInTheClear: true })
      .configuration as BootstrapConfiguration;
  expect(protect("coaps://192.0.2.1:5684").security[0]?.credentials).toEqual({ mode: "psk-of-device" });
  expect(protect("coaps://192.0.2.1:5684").handsOutKeysInTheClear).toBe(true);
  expect(protect("coap://192.0.2.1:5683").security[0]?.credentials).toEqual({ mode: "no-sec" });
  expect(protect("coap://192.0.2.1:5683").handsOutKeysInTheClear).toBeUndefined();
});

test("each problem stands at its field, in the words of the server", () => {
  const servers = [newServer("http://x", 1), { ...newServer("coap://x", 1), lifetimeSeconds: Number.NaN }];
  const problems = problemsOf({ ...draft, servers, bootstrapUri: "nowhere", targetKind: "group" });
  expect([...problems.keys()]).toEqual([
    "groupId",
    "servers.0.uri",
    "bootstrapUri",
    "servers.1.lifetimeSeconds",
    "servers.1.shortServerId",
  ]);
  expect(problems.get("servers.0.uri")).toContain("is not an address like coap://");
});

test("a further server gets the smallest free number", () => {
  expect(freeServerId([newServer("x", 1), newServer("x", 3)])).toBe(2);
});
