import { monitorEventLoopDelay } from "node:perf_hooks";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openWorld, type World } from "../../test/world.ts";
import { importLights } from "./import-lights.ts";
import { readImportTable } from "./import-table.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

test("header names in any order and case, semicolons, a BOM, CRLF, decimal commas and quoted line breaks are read", async () => {
  const csv = '\ufeffLatitude;ENDPOINT;longitude;Street\r\n48,2;a;16,3;"Long\r\nRoad"\r\n\r\n;b;;"say ""hi"""\r\n';
  expect(await readImportTable(csv)).toEqual({
    rows: 2,
    lights: [
      { line: 2, endpoint: "a", latitude: 48.2, longitude: 16.3, street: "Long\nRoad" },
      { line: 5, endpoint: "b", street: 'say "hi"' },
    ],
    errors: [],
    errorCount: 0,
  });
});

test("everything wrong is told with its line and column", async () => {
  const csv = ["endpoint,latitude,longitude", "a,91,16", "b,48,", ",48,16", "d,x,16", "a,1,2", "e,1", "f,0x10,1"].join(
    "\n",
  );
  const { errors } = await readImportTable(csv);
  expect(errors.map(({ line, column }) => `${line} ${column}`)).toEqual([
    "2 latitude",
    "3 null",
    "4 endpoint",
    "5 latitude",
    "6 endpoint",
    "7 null",
    "8 latitude",
  ]);
});

test("a decimal comma is a point between semicolons, and a mistake between commas", async () => {
  const [light] = (await readImportTable("endpoint;latitude;longitude\na;52,55;-4,05")).lights;
  expect(light).toMatchObject({ latitude: 52.55, longitude: -4.05 });
  const { errors } = await readImportTable('endpoint,latitude,longitude\na,"52,55","4,05"');
  expect(errors.map(({ line, column }) => `${line} ${column}`)).toEqual(["2 latitude", "2 longitude"]);
});

test("a trial shows the first five lines as they were understood", async () => {
  const lines = Array.from({ length: 8 }, (_, at) => `t${at};48,${at};16;${at === 1 ? "bad" : ""}`);
  const csv = ["endpoint;latitude;longitude;timezone", ...lines].join("\n");
  const { firstLights } = await world.admin.device.import({ csv, dryRun: true });
  expect(firstLights.map(({ endpoint }) => endpoint)).toEqual(["t0", "t2", "t3", "t4", "t5"]);
  expect(firstLights[1]).toEqual({ line: 4, endpoint: "t2", latitude: 48.2, longitude: 16 });
});

test.each([
  ["", /empty/],
  ["name,street\nx,y", /"endpoint" is missing/],
  ["endpoint,colour\na,red", /no column "colour"/],
  ["endpoint,endpoint\na,b", /there twice/],
  ['endpoint,"name\na,b', /is not closed/],
])("a table that is no table is refused in words: %j", async (csv, words) => {
  expect((await readImportTable(csv)).errors[0]?.message).toMatch(words);
});

test("a quote that is not closed is told where it opens, and hides nothing else", async () => {
  const csv = 'endpoint,name,latitude,longitude\n\na,"Two\nlines",1,2\nb,"Elm,1,2\nc,x,91,2\nd,Oak,3,4\n';
  const { rows, lights, errors } = await readImportTable(csv);
  expect(errors).toEqual([
    { line: 5, column: null, message: expect.stringMatching(/opens a cell in this line and is not closed/) },
    { line: 6, column: "latitude", message: expect.any(String) },
  ]);
  expect({ rows, lights: lights.map(({ line, endpoint }) => `${line} ${endpoint}`) }).toEqual({
    ...{ rows: 4, lights: ["3 a", "7 d"] },
  });
});

test.each([
  ['a,"Elm\nb,"Oak"', [["2 is not closed"]]],
  ['a,"Elm" 4\nb,Oak', [["2 follows the quote"]]],
  ['a, "Elm" \nb,5" pipe\nc,"say ""hi"""', [["3 inside a cell"]]],
  ['a,"Elm\nb,"Oak\nc,"Ash"', [["2 is not closed"], ["3 is not closed"]]],
  ['a,"Elm\nb",\nc,Ash', [["2 closed only in line 3"]]],
])("quotes that are wrong are told in words, line by line: %j", async (body, wrong) => {
  const { errors } = await readImportTable(`endpoint,name\r\n${body.replaceAll("\n", "\r\n")}`);
  expect(errors).toHaveLength(wrong.length);
  for (const [at, [words = ""]] of wrong.entries()) {
    expect(`${errors[at]?.line} ${errors[at]?.message}`).toMatch(new RegExp(words.replace(" ", ".*")));
  }
});

test("a file that is one long quote after another is read in a moment", async () => {
  const { errors, errorCount } = await readImportTable(`endpoint,name\n${'a,"b\n'.repeat(99_000)}`);
  expect(errorCount).toBeGreaterThan(40_000);
  expect(errors.length).toBeLessThan(3_000);
});

test("with one bad line nothing is stored", async () => {
  const report = await world.admin.device.import({
    csv: "endpoint,latitude,longitude\ngood,1,2\nbad,1,999",
    dryRun: false,
  });
  expect(report).toMatchObject({ rows: 2, errorCount: 1, errors: [{ line: 3, column: "longitude" }] });
  expect(await world.admin.device.count({})).toEqual({ lights: 0 });
});

test("a dry run says what the import then does, and empty cells leave things as they are", async () => {
  const csv = "endpoint,name,latitude,longitude,district\na,Alpha,1,2,North\nb,,3,4,";
  expect(await world.admin.device.import({ csv, dryRun: true })).toMatchObject({
    created: 2,
    updated: 0,
    dryRun: true,
  });
  expect(await world.admin.device.count({})).toEqual({ lights: 0 });
  expect(await world.admin.device.import({ csv, dryRun: false })).toMatchObject({
    created: 2,
    updated: 0,
    unchanged: 0,
  });
  const again = await world.admin.device.import({ csv: "endpoint,name,district\na,,South\nb,,", dryRun: false });
  expect(again).toMatchObject({ created: 0, updated: 1, unchanged: 1 });
  const { items } = await world.admin.device.list({});
  expect(items[0]).toMatchObject({ endpoint: "a", name: "Alpha", latitude: 1, district: "South", presence: "never" });
  expect(items[1]).toMatchObject({ endpoint: "b", latitude: 3 });
  expect(world.services.enrolment.judge("a")).toBe("accept");
});

test("time zone and power come from a table too, in the console's words, and stay where it has none", async () => {
  const csv = "endpoint,Time zone,power\nz1,Europe/Vienna,Mains at night only\nz2,,\nz3,Africa/Cairo,always";
  expect(await world.admin.device.import({ csv, dryRun: false })).toMatchObject({ created: 3 });
  const find = async (endpoint: string) => world.services.db.device.findUniqueOrThrow({ where: { endpoint } });
  expect(await find("z1")).toMatchObject({ timeZone: "Europe/Vienna", powerClass: "night-switched" });
  expect(await find("z2")).toMatchObject({ timeZone: null, powerClass: "always" });
  const again = await world.admin.device.import({
    csv: "endpoint,timezone,power,street\nz1,,,Elm\nz2,,NIGHT-switched,\nz3,,Always on mains,",
    dryRun: false,
  });
  expect(again).toMatchObject({ updated: 2, unchanged: 1 });
  expect(await find("z1")).toMatchObject({ timeZone: "Europe/Vienna", powerClass: "night-switched", street: "Elm" });
  expect(await find("z2")).toMatchObject({ timeZone: null, powerClass: "night-switched" });
});

test("a time zone or a power that there is not is refused in words", async () => {
  const { errors } = await readImportTable(
    "endpoint,timezone,power\na,Vienna,\nb,+01:00,\nc,,solar\nd,,constructor\ne,UTC,always",
  );
  expect(errors.map(({ line, column }) => `${line} ${column}`)).toEqual([
    ...["2 timezone", "3 timezone", "4 power", "5 power"],
  ]);
  expect(errors[0]?.message).toBe('"Vienna" is no time zone. Write one such as Europe/Vienna.');
  expect(errors[2]?.message).toMatch(/"solar" is no kind of power.*"Always on mains" or "Mains at night only"/);
});

test("the demo's table brings a light once: what a person says of it stays", async () => {
  const into = { ...world.services, actor: "system", demo: true };
  const csv = "endpoint,name,latitude,longitude,street\nd1,One,1,2,Elm\nd2,Two,3,4,Oak\nd3,Three,5,6,Ash";
  await world.addLights([
    { endpoint: "d2", name: "Mine", latitude: 5, longitude: 5, placeSource: "device" },
    { endpoint: "d3", latitude: 5, longitude: 5, placeSource: "device" },
  ]);
  expect((await importLights(into, csv, false)).report).toMatchObject({ created: 1, updated: 2 });
  const find = async (endpoint: string) => world.services.db.device.findUniqueOrThrow({ where: { endpoint } });
  expect(await find("d2")).toMatchObject({ name: "Mine", latitude: 5, longitude: 5, street: "Oak", demo: true });
  expect(await find("d3")).toMatchObject({ name: "Three", latitude: 5, longitude: 6, placeSource: "import" });
  const { id } = await find("d1");
  await world.admin.device.updatePlace({ id, name: "Mine too", latitude: 7, longitude: 8, street: null });
  await world.admin.device.import({ csv: "endpoint,name,latitude,longitude\nd3,Table,9,10", dryRun: false });
  const { report, endpoints } = await importLights(into, csv, false);
  expect(report).toMatchObject({ created: 0, updated: 0, unchanged: 3 });
  expect(endpoints).toEqual(["d1", "d2", "d3"]);
  expect(await find("d1")).toMatchObject({ name: "Mine too", latitude: 7, longitude: 8, street: null });
  expect(await find("d3")).toMatchObject({ name: "Table", latitude: 9, street: "Ash" });
  const events = await world.services.db.event.findMany({ where: { kind: "device.imported", actor: "system" } });
  expect(events).toHaveLength(1);
});

test("ten thousand lines are brought in at once", async () => {
  const lines = Array.from({ length: 10_000 }, (_, at) => `many-${at},${(at % 90) + 0.5},${at % 180}`);
  const report = await world.admin.device.import({
    csv: ["endpoint,latitude,longitude", ...lines].join("\n"),
    dryRun: false,
  });
  expect(report).toMatchObject({ rows: 10_000, created: 10_000, errorCount: 0 });
});

/** How long the event loop was held up at the worst, in milliseconds, while something ran. */
async function longestHold(work: Promise<unknown>): Promise<number> {
  const holds = monitorEventLoopDelay({ resolution: 5 });
  holds.enable();
  await work;
  holds.disable();
  return holds.max / 1e6;
}

test.each([
  ["a header of ten million cells", "a,".repeat(1e7)],
  ["a header of thousands of cells behind a quoted line break", `endpoint,"na\nme"${",a".repeat(5_000)}`],
  ["ten million empty lines", `endpoint\n${"\n".repeat(1e7)}`],
  ["a line of ten million cells", `endpoint,name\na${",".repeat(1e7)}`],
  ["a line of one long cell", `endpoint,name\na,${"x".repeat(1e6)}`],
  ["a quoted cell of one long text", `endpoint,name\na,"${"x\n".repeat(20_000)}"`],
])("%s is refused with one error, in a moment", async (_, csv) => {
  const reading = readImportTable(csv);
  const hold = await longestHold(reading);
  const { errors, errorCount } = await reading;
  expect({ errorCount, errors }).toEqual({ errorCount: 1, errors: [expect.anything()] });
  expect(errors[0]?.message).toMatch(/more than 64 cells|100,000 lights at most|more than 16,384 characters/);
  expect(hold).toBeLessThan(1_000);
});

test("while a table of the full size is read the server goes on with other things", async () => {
  const lines = Array.from({ length: 100_000 }, (_, at) => `big-${at},"Number ${at}",48.${at},16.${at}`);
  const reading = readImportTable(`endpoint,name,latitude,longitude\n${lines.join("\n")}\n`);
  let turns = 0;
  let isRead = false;
  const other = () => {
    turns++;
    if (!isRead) setImmediate(other);
  };
  setImmediate(other);
  const { rows, lights, errors } = await reading;
  isRead = true;
  expect({ rows, errors }).toEqual({ rows: 100_000, errors: [] });
  expect(lights[77_777]).toMatchObject({ line: 77_779, endpoint: "big-77777", name: "Number 77777" });
  expect(turns).toBeGreaterThan(100);
});

test("of very many errors the first are kept, and all are counted", async () => {
  const { errors, errorCount, rows } = await readImportTable(
    `endpoint,latitude,longitude\n${"x,x,x\n".repeat(50_000)}`,
  );
  expect({ rows, kept: errors.length }).toEqual({ rows: 50_000, kept: 1_000 });
  expect(errorCount).toBe(50_000 * 3 - 1);
});

test("empty lines before the header count as lines and are no header", async () => {
  expect(await readImportTable("\n \nendpoint;name\na;Elm\n")).toMatchObject({
    ...{ rows: 1, errors: [], lights: [{ line: 4, endpoint: "a", name: "Elm" }] },
  });
  expect((await readImportTable("\n\nendpoint,hue\na,b")).errors).toMatchObject([{ line: 3, column: "hue" }]);
});

test("a control character in a cell is refused with its line and column", async () => {
  const { errors } = await readImportTable("endpoint,name,street\na,x\u0001y,Elm\nb,Oak,\u001b[31m\nc,d,e\u009b\n");
  expect(errors.map(({ line, column, message }) => `${line} ${column} ${message}`)).toEqual([
    "2 name This cell holds a control character.",
    "3 street This cell holds a control character.",
    "4 street This cell holds a control character.",
  ]);
});
