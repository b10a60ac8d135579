import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
  expect(await accountsOf(factory)).toEqual({ accounts: objects, endpoint: "light-7" });
  expect(await accountsOf(file("card.bin", encodeSmartcardFile(objects)))).toEqual({ accounts: objects });
});

test("a file that is neither, or not there, is said in one sentence", async () => {
  await expect(accountsOf(file("wrong.json", "{}"))).rejects.toThrow(BadOption);
  await expect(accountsOf(file("wrong.bin", "no card"))).rejects.toThrow("--provisioning");
  const missing = { bootstrap: undefined, provisioningFile: join(folder, "missing") };
  await expect(accountsOf(missing)).rejects.toThrow("ENOENT");
});

test("with a bootstrap server alone, lights know nothing but its address", async () => {
  const { bootstrap, provisioningFile } = readOptions(["--bootstrap", "coap://127.0.0.1:5783"]);
  const { accounts } = await accountsOf({ bootstrap, provisioningFile });
  expect(accounts?.map((node) => [node.object, node.instances.size])).toEqual([[0, 1]]);
});

test("accounts come from one place", () => {
  expect(() => readOptions(["--server", "coap://127.0.0.1", "--bootstrap", "coap://127.0.0.1:1"])).toThrow(BadOption);
  expect(() => readOptions(["--provisioning", "x", "--reference", "1"])).toThrow("Reference lights");
});
