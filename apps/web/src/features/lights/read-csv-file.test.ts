import { expect, test } from "vitest";
import { readCsvFile } from "./read-csv-file";

test("a table is read as it is written", async () => {
  expect(await readCsvFile(new Blob(["endpoint,street\nA,Straße\n"]))).toBe("endpoint,street\nA,Straße\n");
});

test("another encoding is refused instead of misspelling streets", async () => {
  await expect(readCsvFile(new Blob([new Uint8Array([0x53, 0xdf])]))).rejects.toThrow("UTF-8");
});

test("an empty file is said to be empty", async () => {
  await expect(readCsvFile(new Blob([]))).rejects.toThrow("empty");
});
