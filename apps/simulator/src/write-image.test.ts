import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkImage } from "@lamplighter/device/firmware-image";
import { expect, test } from "vitest";
import { BadOption, readImageWish } from "./options.ts";
import { writeImage } from "./write-image.ts";

test("an image written to a file is one that a light installs, with the version that was asked for", () => {
  const folder = mkdtempSync(join(tmpdir(), "lamplighter-image-"));
  try {
    const file = join(folder, "lamp.bin");
    const wish = readImageWish(["--write-image", "2.1.0", file]);
    expect(wish).toEqual({ version: "2.1.0", file, seed: 1 });
    if (wish) expect(writeImage(wish)).toContain("firmware 2.1.0");
    expect(checkImage(readFileSync(file))).toEqual({ kind: "good", version: "2.1.0" });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("without a wish for an image there is none", () => {
  expect(readImageWish(["--lights", "3"])).toBeUndefined();
});

test.each([
  ["--write-image"],
  ["--write-image", "2.1.0"],
  ["--write-image", "new", "lamp.bin"],
  ["--write-image", "2.1.0", "lamp.bin", "another.bin"],
  ["--write-image", "2.1.0", "lamp.bin", "--lights", "3"],
])("a wish for an image that is not clear is refused: %j %j %j", (...args) => {
  expect(() => readImageWish(args)).toThrow(BadOption);
});

test.each([
  { version: "256.0.0", file: "lamp.bin" },
  { version: "1.0.0", file: "/no/such/folder/lamp.bin" },
])("an image that cannot be written is refused in words: %j", (wish) => {
  expect(() => writeImage({ ...wish, seed: 1 })).toThrow(BadOption);
});
