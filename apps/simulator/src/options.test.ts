import { expect, test } from "vitest";
import { BadOption, readOptions } from "./options.ts";

test("without options there are sixty lights that register at this machine", () => {
  expect(readOptions([])).toMatchObject({ lights: 60, server: { host: "127.0.0.1", port: 5683 }, faults: {}, loss: 0 });
});

test("options are read", () => {
  const options = readOptions([
    "--lights",
    "2000",
    "--server",
    "coap://10.1.2.3:5690",
    "--faults",
    "integrity=3,never-returns=1",
  ]);
  expect(options).toMatchObject({
    lights: 2000,
    server: { host: "10.1.2.3", port: 5690 },
    faults: { integrity: 3, "never-returns": 1 },
  });
});

test.each([
  [["--lights", "0"]],
  [["--lights", "1e3"]],
  [["--lights", "many"]],
  [["--loss", "1"]],
  [["--server", "http://127.0.0.1"]],
  [["--server", "coap://127.0.0.1:99999"]],
  [["--faults", "rust=1"]],
  [["--faults", "integrity"]],
  [["--reference", "61"]],
  [["--lights", "10", "--reference", "4", "--faults", "integrity=5,no-flash=2"]],
  [["--control-port", "70000"]],
  [["--lights"]],
  [["town"]],
  [["--speed", "9"]],
  [["--secure"]],
  [["--bootstrap", "coaps://127.0.0.1"]],
  [["--secure", "--keys", "k.csv", "--bootstrap", "coap://127.0.0.1"]],
  [["--secure", "--keys", "k.csv", "--provisioning", "card.bin"]],
  [["--secure-server", "coap://127.0.0.1"]],
])("%j is refused by name", (args) => {
  expect(() => readOptions(args)).toThrow(BadOption);
});

test("an address with DTLS in --server is answered with the option that takes it", () => {
  expect(() => readOptions(["--server", "coaps://127.0.0.1:5684"])).toThrow(
    "write --secure-server coaps://127.0.0.1:5684",
  );
});
