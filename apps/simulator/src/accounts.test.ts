import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { accountsOf as lightAccounts, proofsOf } from "@lamplighter/device/accounts";
import { encodeFactoryFile } from "@lamplighter/lwm2m/bootstrap/factory-file";
import { provisionedObjects } from "@lamplighter/lwm2m/bootstrap/provisioning";
import { encodeSmartcardFile } from "@lamplighter/lwm2m/bootstrap/smartcard-file";
import { configurationOf } from "@lamplighter/lwm2m/testing/bootstrap";
import { afterAll, expect, test } from "vitest";
import { accountsOf } from "./accounts.ts";
import { BadOption, readOptions } from "./options.ts";

const folder = mkdtempSync(join(tmpdir(), "lamplighter-accounts-"));
afterAll(() => rmSync(folder, { recursive: true }));
const objects = provisionedObjects(configurationOf());

function file(name: string, content: string | Uint8Array) {
  const path = join(folder, name);
  writeFileSync(path, content);
  return { bootstrap: undefined, provisioningFile: path };
}

test("lights come with the accounts of a factory file or a card file", async () => {
  const factory = file("factory.json", encodeFactoryFile({ endpoint: "light-7", objects }));
  const fromFactory = await accountsOf(factory);
  expect([fromFactory.accountsFor?.("light-7"), fromFactory.endpoint]).toEqual([objects, "light-7"]);
  const fromCard = await accountsOf(file("card.bin", encodeSmartcardFile(objects)));
  expect([fromCard.accountsFor?.("light-1"), fromCard.endpoint]).toEqual([objects, undefined]);
});

test("a file that is neither, or not there, is said in one sentence", async () => {
  await expect(accountsOf(file("wrong.json", "{}"))).rejects.toThrow(BadOption);
  await expect(accountsOf(file("wrong.bin", "no card"))).rejects.toThrow("--provisioning");
  const missing = { bootstrap: undefined, provisioningFile: join(folder, "missing") };
  await expect(accountsOf(missing)).rejects.toThrow("ENOENT");
});

test("with a bootstrap server alone, lights know nothing but its address", async () => {
  const { bootstrap, provisioningFile } = readOptions(["--bootstrap", "coap://127.0.0.1:5783"]);
  const { accountsFor } = await accountsOf({ bootstrap, provisioningFile });
  expect(accountsFor?.("light-1").map((node) => [node.object, node.instances.size])).toEqual([[0, 1]]);
});

test("accounts come from one place", () => {
  expect(() => readOptions(["--server", "coap://127.0.0.1", "--bootstrap", "coap://127.0.0.1:1"])).toThrow(BadOption);
  expect(() => readOptions(["--provisioning", "x", "--reference", "1"])).toThrow("Reference lights");
});

test("with a bootstrap server behind DTLS, each light comes with a key of its own for it, and with no other", async () => {
  const { bootstrap, provisioningFile } = readOptions(["--bootstrap", "coaps://127.0.0.1", "--keys", "keys.csv"]);
  expect(bootstrap).toEqual({ host: "127.0.0.1", port: 5784, isSecure: true });
  const proof = (name: string) => ({ identity: new TextEncoder().encode(name), key: Buffer.alloc(16, name) });
  const keys = new Map(["lamp-1", "lamp-2"].map((name) => [name, proof(name)]));
  const { accountsFor } = await accountsOf({ bootstrap, provisioningFile }, keys);
  const proofs = proofsOf(lightAccounts(accountsFor?.("lamp-2") ?? []));
  expect([...proofs.keys()]).toEqual(["127.0.0.1:5784"]);
  expect(Buffer.from(proofs.get("127.0.0.1:5784")?.key ?? [])).toEqual(proof("lamp-2").key);
  expect(() => accountsFor?.("lamp-3")).toThrow('lamp-3 has no key of purpose "bootstrap"');
});

test("a factory's file and a card's hand the keys on that are in them", async () => {
  const key = "000102030405060708090a0b0c0d0e0f";
  const security = [
    {
      ...{ uri: "coaps://192.0.2.1:5684", isBootstrapServer: false, shortServerId: 1 },
      credentials: { mode: "psk", identity: "lamp-1", key } as const,
    },
  ];
  const secure = provisionedObjects({ ...configurationOf(), security });
  for (const given of [
    file("secure.json", encodeFactoryFile({ objects: secure })),
    file("secure.bin", encodeSmartcardFile(secure)),
  ]) {
    const { accountsFor } = await accountsOf(given);
    const proof = proofsOf(lightAccounts(accountsFor?.("lamp-1") ?? [])).get("192.0.2.1:5684");
    expect(Buffer.from(proof?.key ?? []).toString("hex")).toBe(key);
  }
});
