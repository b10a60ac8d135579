import { writeMcubootHeader } from "@lamplighter/lwm2m/mcuboot";
import { expect, test } from "vitest";
import { inspectImage, versionWarning, warningOf } from "./image-header";
import { listOf, nameFromFile, problemsOfUpload, readAnswer, searchOf, type UploadFields } from "./upload";

const fields: UploadFields = {
  kind: "firmware",
  name: "Lamp",
  version: "2.1.0",
  vendor: "",
  models: "",
  hardwareRevisions: "",
  notes: "",
};

const header = writeMcubootHeader({ major: 2, minor: 10, revision: 300, build: 7, imageBytes: 4 });

test("the version of an MCUboot image is read from its header, and nothing is warned of", async () => {
  const finding = await inspectImage(new Blob([header as Uint8Array<ArrayBuffer>, "body"]));
  expect(finding).toEqual({ kind: "mcuboot", version: "2.10.300" });
  expect(warningOf(finding)).toBeUndefined();
});

test("an MCUboot image that was cut short is called damaged", async () => {
  const finding = await inspectImage(new Blob([header as Uint8Array<ArrayBuffer>]));
  expect(warningOf(finding)).toMatch(/damaged, and the server will refuse it/);
});

test("a file that is well known and no image is named", async () => {
  const named = async (...parts: BlobPart[]) => warningOf(await inspectImage(new Blob(parts)));
  expect(await named(new Uint8Array([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0]))).toMatch(/^This is a PNG picture/);
  expect(await named(new Uint8Array([0xff, 0xd8, 0xff, 0xe0]))).toMatch(/^This is a JPEG picture/);
  expect(await named("%PDF-1.7")).toMatch(/^This is a PDF document/);
  expect(await named("\n<!DOCTYPE html><p>404")).toMatch(/^This is a web page/);
  expect(await named(`${"ä".repeat(511)}x`, "ä")).toMatch(/^This is a text file/);
});

test("bytes of no known kind, and text that carries an image, are left to the lights", async () => {
  for (const part of [
    new Uint8Array([1, 0, 0, 0x20, 9]),
    ":10010000214601360121470136007EFE09D2190140",
    "S00600004844521B",
  ]) {
    expect(warningOf(await inspectImage(new Blob([part])))).toMatch(/^No image header was recognised/);
  }
  expect((await inspectImage(new Blob([]))).kind).toBe("unknown");
});

test("a version that contradicts the header is warned of", () => {
  expect(versionWarning("2.1.0", "2.2.0")).toMatch(/header says 2\.1\.0, not 2\.2\.0/);
  for (const [inHeader, typed] of [
    ["2.1.0", "2.1.0"],
    ["2.1.0", ""],
    [null, "2.2.0"],
  ] as const) {
    expect(versionWarning(inHeader, typed)).toBeUndefined();
  }
});

test("a file's name gives the name, without the version that stands beside it", () => {
  expect(nameFromFile("lamp-1.6.0.bin", "1.6.0")).toBe("lamp");
  expect(nameFromFile("lamp_v1.6.0.bin", "1.6.0")).toBe("lamp");
  expect(nameFromFile("lamp.signed.bin", "1.6.0")).toBe("lamp.signed");
  expect(nameFromFile("1.6.0.bin", "1.6.0")).toBe("1.6.0");
  expect(nameFromFile("lamp-1.6.0.bin", undefined)).toBe("lamp-1.6.0");
});

test("a list may be typed with commas or line by line", () => {
  expect(listOf(" LX-7, LX-9\nLX-7,,")).toEqual(["LX-7", "LX-9"]);
});

test("fields that say nothing are not sent", () => {
  expect(searchOf("a b.bin", { ...fields, models: "LX-7, LX-9" })).toBe(
    "fileName=a+b.bin&kind=firmware&name=Lamp&version=2.1.0&models=LX-7%2CLX-9",
  );
});

test("a file that is missing, empty or too large is told before a byte is sent", () => {
  expect(problemsOfUpload(undefined, fields, 100).file).toBe("Choose the firmware image.");
  expect(problemsOfUpload({ size: 0 }, fields, 100).file).toBe("This file is empty.");
  expect(problemsOfUpload({ size: 2e6 }, fields, 1_500_000).file).toContain("1.5 MB");
  expect(problemsOfUpload({ size: 100 }, fields, 100)).toEqual({});
});

test("a refusal's own sentence is shown, and a stranger's page becomes one", () => {
  expect(readAnswer(413, '{"error":{"reason":"too-large","message":"Too large: at most 8 MB."}}')).toEqual({
    kind: "failed",
    message: "Too large: at most 8 MB.",
  });
  expect(readAnswer(502, "<html>Bad gateway</html>")).toMatchObject({ kind: "failed", message: /HTTP 502/ });
});
