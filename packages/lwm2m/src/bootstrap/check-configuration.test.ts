import { expect, test } from "vitest";
import { configurationOf } from "../testing/bootstrap.ts";
import { checkConfiguration } from "./check-configuration.ts";
import type { BootstrapConfiguration, SecurityAccount, ServerAccount } from "./configuration.ts";

const [security] = configurationOf().security as [SecurityAccount];
const [server] = configurationOf().servers as [ServerAccount];
const psk = { mode: "psk", identity: "light-1", key: "00112233445566778899aabbccddeeff" } as const;
const fields = (changes: Partial<BootstrapConfiguration>) =>
  checkConfiguration(configurationOf(changes)).map(({ at }) => at);
const withSecurity = (changes: Partial<SecurityAccount>) => fields({ security: [{ ...security, ...changes }] });
const withServer = (changes: Partial<ServerAccount>) => fields({ servers: [{ ...server, ...changes }] });

test("a configuration with one server is well", () => {
  expect(checkConfiguration(configurationOf())).toEqual([]);
});

test("a key, a bootstrap account and access rights are well too", () => {
  expect(
    fields({
      security: [
        { ...security, uri: "coaps://[2001:db8::1]:5684", credentials: psk },
        {
          uri: "coap://bootstrap.example",
          isBootstrapServer: true,
          credentials: { mode: "no-sec" },
          holdOffSeconds: 10,
        },
      ],
      accessControl: [{ object: 3, instance: 0, rights: [{ shortServerId: 1, rights: 31 }], owner: 65_535 }],
      deletions: ["/"],
    }),
  ).toEqual([]);
});

test("short server ids are unique, from 1 to 65534, and tie each server account to one security account", () => {
  for (const wrong of [0, 65_535, 1.5, Number.NaN, -1]) {
    expect(withServer({ shortServerId: wrong })).toContain("servers.0.shortServerId");
    expect(withSecurity({ shortServerId: wrong })).toContain("security.0.shortServerId");
  }
  expect(withServer({ shortServerId: 65_534 })).toEqual(["security.0.shortServerId", "servers.0.shortServerId"]);
  expect(fields({ security: [security, security], servers: [server] })).toEqual(["security.1.shortServerId"]);
  expect(fields({ servers: [server, server] })).toEqual(["servers.1.shortServerId"]);
  expect(withSecurity({ shortServerId: undefined })).toContain("security.0.shortServerId");
});

test("a bootstrap account has no short server id, and there is one at most", () => {
  const bootstrap = { ...security, isBootstrapServer: true };
  expect(fields({ security: [security, bootstrap] })).toEqual(["security.1.shortServerId"]);
  const plain = { ...bootstrap, shortServerId: undefined };
  expect(fields({ security: [security, plain, plain] })).toEqual(["security"]);
});

test("addresses of other forms are refused, and so are those that do not go with the keys", () => {
  const wrong = [
    "",
    "192.0.2.1",
    "http://x",
    "coap://",
    "coap://a b",
    "coap://x:0",
    "coap://x:70000",
    "coap://x/path",
    "coap://x?q",
    "coaps://x",
  ];
  for (const uri of wrong) expect(withSecurity({ uri }), uri).toEqual(["security.0.uri"]);
  expect(withSecurity({ uri: "coap://x", credentials: psk })).toEqual(["security.0.uri"]);
  expect(withSecurity({ uri: `coap://${"x".repeat(255)}` })).toEqual(["security.0.uri"]);
});

test("identities and keys have lengths that devices can keep", () => {
  const uri = "coaps://x";
  expect(withSecurity({ uri, credentials: { ...psk, identity: "" } })).toEqual(["security.0.credentials.identity"]);
  for (const key of ["", "0", "0g", "00".repeat(65)]) {
    expect(withSecurity({ uri, credentials: { ...psk, key } }), key).toEqual(["security.0.credentials.key"]);
  }
});

test("a problem never repeats a key", () => {
  const key = "secret-that-is-no-hex";
  const problems = checkConfiguration(configurationOf({ security: [{ ...security, credentials: { ...psk, key } }] }));
  expect(JSON.stringify(problems)).not.toContain(key);
});

test("lifetimes, periods and bindings are judged", () => {
  for (const lifetimeSeconds of [0, -1, 1.5, 2 ** 31]) {
    expect(withServer({ lifetimeSeconds })).toEqual(["servers.0.lifetimeSeconds"]);
  }
  expect(withServer({ periodMinSeconds: 10, periodMaxSeconds: 5 })).toEqual(["servers.0.periodMaxSeconds"]);
  for (const binding of ["", "X", "UU", "Q", "U Q"]) expect(withServer({ binding })).toEqual(["servers.0.binding"]);
});

test("rights go to servers that are there, and only what a bootstrap may delete is deleted", () => {
  const entry = { object: 3, instance: 0, rights: [{ shortServerId: 9, rights: 32 }], owner: 9 };
  expect(fields({ accessControl: [entry] })).toEqual([
    "accessControl.0.owner",
    "accessControl.0.rights.0",
    "accessControl.0.rights.0",
  ]);
  expect(fields({ deletions: ["/0", "/0"] })).toEqual(["deletions.1"]);
  expect(fields({ deletions: ["/3" as "/0"] })).toEqual(["deletions.0"]);
});

test("a configuration without any server is refused", () => {
  expect(fields({ security: [], servers: [] })).toEqual(["servers"]);
});
