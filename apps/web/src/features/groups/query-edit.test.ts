import { conditionsMax, type DeviceQuery } from "@lamplighter/campaigns/device-query";
import { expect, test } from "vitest";
import {
  addCondition,
  askable,
  changeCondition,
  changeText,
  removeCondition,
  unfinishedConditions,
} from "./query-edit";

const query: DeviceQuery = {
  where: [
    { field: "model", operator: "is", values: ["LX-7"] },
    { field: "district", operator: "is-not", values: ["North"] },
  ],
};

test("another field starts without values, another operator keeps them", () => {
  expect(changeCondition(query, 0, { field: "street" }).where?.[0]).toEqual({
    field: "street",
    operator: "is",
    values: [],
  });
  expect(changeCondition(query, 0, { operator: "is-not" }).where?.[0]?.values).toEqual(["LX-7"]);
});

test("the last condition leaves no empty list behind", () => {
  expect(removeCondition(removeCondition(query, 0), 0)).toEqual({});
});

test("a condition still being written does not narrow the count, and is named as unfinished", () => {
  const begun = addCondition(query, "feeder");
  expect(askable(begun)).toEqual(query);
  expect(unfinishedConditions(begun)).toEqual([2]);
  expect(askable(addCondition({}, "feeder"))).toEqual({});
});

test("text of spaces is no text", () => {
  expect(changeText({ text: "elm" }, "  ")).toEqual({});
  expect(changeText(query, "elm")).toEqual({ ...query, text: "elm" });
});

test("no more conditions than the server takes", () => {
  let many: DeviceQuery = {};
  for (let index = 0; index < conditionsMax + 5; index++) many = addCondition(many, "model");
  expect(many.where).toHaveLength(conditionsMax);
});
