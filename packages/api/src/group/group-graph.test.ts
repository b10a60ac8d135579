import { afterEach, beforeEach, expect, test } from "vitest";
import { openWorld, type World } from "../../test/world.ts";
import { bootstrapStore } from "../bootstrap/listener.ts";

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world[Symbol.asyncDispose]());

const everyLight = { where: [{ field: "model", operator: "is", values: ["LC-100"] }] } as const;
const make = (name: string, groupId?: string) =>
  world.admin.group.create({ name, kind: "query", query: groupId === undefined ? everyLight : { groupId } });
const names = async () => (await world.admin.group.list()).map(({ name }) => name);

test("a group by which another finds its lights is not removed from under it", async () => {
  const a = await make("A");
  const b = await make("B", a.id);
  await expect(world.admin.group.remove({ id: a.id })).rejects.toMatchObject({
    code: "CONFLICT",
    message: expect.stringContaining('"B" find lights by this group'),
  });
  await world.admin.group.remove({ id: b.id });
  await world.admin.group.remove({ id: a.id });
  expect(await names()).toEqual([]);
});

test("a ring, a chain too long and a group that is gone are refused, and nothing of it is stored", async () => {
  const a = await make("A");
  const b = await make("B", a.id);
  await expect(world.admin.group.update({ id: a.id, query: { groupId: b.id } })).rejects.toMatchObject({
    code: "BAD_REQUEST",
  });
  expect((await world.admin.group.get({ id: a.id })).query).toEqual(everyLight);
  let last = b.id;
  let isRefused = false;
  for (let index = 0; index < 8 && !isRefused; index++) {
    await make(`c${index}`, last).then(
      ({ id }) => {
        last = id;
      },
      () => {
        isRefused = true;
      },
    );
  }
  expect(isRefused).toBe(true);
  const before = await names();
  // To lengthen the chain at its other end would break those at this one.
  const root = await make("root");
  await expect(world.admin.group.update({ id: a.id, query: { groupId: root.id } })).rejects.toMatchObject({
    code: "BAD_REQUEST",
  });
  await expect(make("lost", "nowhere")).rejects.toMatchObject({ code: "NOT_FOUND" });
  expect((await names()).sort()).toEqual([...before, "root"].sort());
});

test("a group that was broken before is shown empty with the reason, is removed, and keeps no light from its bootstrap", async () => {
  const a = await make("A");
  const b = await make("B", a.id);
  await world.services.db.deviceGroup.delete({ where: { id: a.id } });
  expect(await world.admin.group.list()).toMatchObject([
    { name: "B", lights: 0, problem: expect.stringContaining("does not exist any more") },
  ]);
  for (const [name, target] of [
    ["For B", { targetKind: "group", groupId: b.id }],
    ["For all", { targetKind: "default" }],
  ] as const) {
    await world.services.db.bootstrapConfiguration.create({
      data: { id: name, name, ...target, document: {}, createdBy: "tester" },
    });
  }
  const chosen = await bootstrapStore(world.services.db).configurationFor("some-light");
  expect(chosen).toMatchObject({ name: "For all" });
  await world.admin.group.remove({ id: b.id });
});
