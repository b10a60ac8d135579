import { writeMcubootHeader } from "@lamplighter/lwm2m/mcuboot";
import { expect, test } from "vitest";
import { versionOfImage } from "./image-header";
import { listOf, problemsOfUpload, readAnswer, searchOf, type UploadFields } from "./upload";

const fields: UploadFields = {
  kind: "firmware",
  name: "Lamp",
  version: "2.1.0",
  vendor: "",
  models: "",
  hardwareRevisions: "",
  notes: "",
};

test("the version of an MCUboot image is read from its header", async () => {
  const header = writeMcubootHeader({ major: 2, minor: 10, revision: 300, build: 7, imageBytes: 4 });
  expect(await versionOfImage(new Blob([header as Uint8Array<ArrayBuffer>, "body"]))).toBe("2.10.300");
});

test("a file that is no MCUboot image, or one cut short, has no version to read", async () => {
  const header = writeMcubootHeader({ major: 2, minor: 1, revision: 0, imageBytes: 1_000 });
  expect(await versionOfImage(new Blob([header as Uint8Array<ArrayBuffer>]))).toBeUndefined();
  expect(await versionOfImage(new Blob(["plain bytes that are no image at all"]))).toBeUndefined();
  expect(await versionOfImage(new Blob([]))).toBeUndefined();
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
