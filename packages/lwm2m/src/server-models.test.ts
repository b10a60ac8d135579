import { expect, test } from "vitest";
import { parseDdf } from "./ddf/ddf.ts";
import { knownObjects } from "./models/known-objects.ts";
import { bytes, utf8 } from "./testing/bytes.ts";
import { TestWorld } from "./testing/world.ts";
import { integer } from "./value.ts";

const ddf = (version: string, type: string) =>
  parseDdf(
    utf8(`<LWM2M><Object><Name>Bench</Name><ObjectID>33000</ObjectID><ObjectVersion>${version}</ObjectVersion>
<MultipleInstances>Single</MultipleInstances><Mandatory>Optional</Mandatory><Resources><Item ID="7"><Name>Height</Name>
<Operations>RW</Operations><MultipleInstances>Single</MultipleInstances><Mandatory>Optional</Mandatory><Type>${type}</Type>
<RangeEnumeration>0..99</RangeEnumeration></Item></Resources></Object></LWM2M>`),
  ).objects.map(({ model }) => model)[0];

test("an object that nobody defined is read as it comes; once defined, its type and range hold, by each device's version", async () => {
  const models = knownObjects();
  const world = await TestWorld.started({ models });
  const [old, young] = [world.device("192.0.2.7:5683"), world.device("192.0.2.8:5683")];
  await old.register({ endpoint: "old", objects: "</1/0>,</3/0>,</33000/0>" });
  await young.register({ endpoint: "young", objects: '</1/0>,</3/0>,</33000>;ver="2.0",</33000/0>' });
  for (const device of [old, young]) {
    device.on("GET /33000/0", { code: 0x45, contentFormat: 11_542, payload: bytes("C2 07 34 32") });
    device.on("PUT /33000/0/7", { code: 0x44 });
  }
  const read = async (endpoint: string) => {
    const outcome = await world.settle(world.server.read(endpoint, "/33000/0"));
    const node =
      outcome.kind === "ok" && outcome.value.kind === "instance" ? outcome.value.resources.get(7) : undefined;
    return node?.kind === "single" ? node.value.type : outcome.kind;
  };
  const write = async (endpoint: string, value: number) =>
    (await world.settle(world.server.write(endpoint, "/33000/0/7", integer(value)))).kind;
  expect(await read("old")).toBe("opaque");
  expect(await write("old", 500)).toBe("ok");

  for (const model of [ddf("1.0", "Integer"), ddf("2.0", "String")]) if (model) models.put(model);
  expect([await read("old"), await read("young")]).toEqual(["integer", "string"]);
  expect([await write("old", 50), await write("old", 500), await write("young", 50)]).toEqual([
    "ok",
    "invalid",
    "invalid",
  ]);

  models.remove(33_000, "1.0");
  models.remove(33_000, "2.0");
  expect([await read("old"), await write("old", 500)]).toEqual(["opaque", "ok"]);
});
