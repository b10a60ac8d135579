import { expect, test } from "vitest";
import { type FirmwareEvent, type FirmwareMachine, nextFirmware } from "./firmware-machine.ts";

const machines: readonly FirmwareMachine[] = [
  { state: 0, result: 5 },
  { state: 1, result: 0 },
  { state: 2, result: 0, candidate: "2.1.0" },
  { state: 3, result: 0, candidate: "2.1.0" },
];

/** What each event makes of Idle (with an old Result 5), Downloading, Downloaded and Updating: `state/result`, or no. */
const table: readonly (readonly [name: string, event: FirmwareEvent, becomes: readonly string[]])[] = [
  ["a reset", { kind: "reset" }, ["0/0", "0/0", "0/0", "no"]],
  ["the first block of a package", { kind: "package-begun" }, ["1/0", "1/0", "no", "no"]],
  [
    "a good package",
    { kind: "package-received", check: { kind: "good", version: "3.0.0" } },
    ["2/0", "2/0", "no", "no"],
  ],
  ["a broken package", { kind: "package-received", check: { kind: "integrity" } }, ["0/5", "0/5", "no", "no"]],
  [
    "something that is no package",
    { kind: "package-received", check: { kind: "wrong-type" } },
    ["0/6", "0/6", "no", "no"],
  ],
  ["a package that has no room", { kind: "package-refused", result: 2 }, ["0/2", "0/2", "no", "no"]],
  ["Update", { kind: "executed" }, ["no", "no", "3/0", "no"]],
  ["an installation that worked", { kind: "installed", result: 1 }, ["no", "no", "no", "0/1"]],
  ["an installation that did not", { kind: "installed", result: 8 }, ["no", "no", "no", "0/8"]],
  ["Cancel", { kind: "cancelled" }, ["no", "0/10", "0/10", "no"]],
  ["a power cut", { kind: "power-lost" }, ["0/5", "0/0", "2/0", "3/0"]],
  ["a power cut in the middle of a fetch", { kind: "power-lost", goesOn: true }, ["0/5", "1/0", "2/0", "3/0"]],
];

test.each(table)("%s, in every state", (_, event, becomes) => {
  const next = machines.map((machine) => nextFirmware(machine, event));
  expect(next.map((machine) => (machine ? `${machine.state}/${machine.result}` : "no"))).toEqual(becomes);
});

test("an image that waits is known by its version until it is installed or thrown away", () => {
  const [, downloading, downloaded] = machines;
  const good = { kind: "package-received", check: { kind: "good", version: "3.0.0" } } as const;
  expect(nextFirmware(downloading!, good)?.candidate).toBe("3.0.0");
  expect(nextFirmware(downloaded!, { kind: "executed" })?.candidate).toBe("2.1.0");
  expect(nextFirmware(downloaded!, { kind: "cancelled" })?.candidate).toBeUndefined();
});
