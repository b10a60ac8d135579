import { expect, test } from "vitest";
import { attributeQuery, checkAttributes, type NotificationAttributes } from "./notification-attributes.ts";
import { parsePath } from "./path.ts";

const check = (path: string, attributes: NotificationAttributes) => checkAttributes(parsePath(path), attributes);

test("attributes are written as query parameters, and unset by their bare name", () => {
  expect(attributeQuery({ pmin: 10, pmax: null, gt: -2.5, st: 1e-7, lt: 1e21 })).toEqual([
    "pmin=10",
    "pmax",
    "gt=-2.5",
    "st=0.0000001",
    "lt=1000000000000000000000",
  ]);
});

test("attributes that fit together pass", () => {
  expect(check("/3", { pmin: 10, pmax: 60 })).toBeUndefined();
  expect(check("/3", { pmin: 10, pmax: 0 })).toBeUndefined();
  expect(check("/3303/0/5700", { lt: 1, gt: 5, st: 1.9 })).toBeUndefined();
  expect(check("/3303/0/5700", { gt: null, lt: 3 })).toBeUndefined();
});

test.each<[string, NotificationAttributes, RegExp]>([
  ["/3", { pmin: 60, pmax: 10 }, /pmax 10 is below pmin 60/],
  ["/3", { pmin: 0.5 }, /whole number/],
  ["/3", { pmax: -1 }, /whole number/],
  ["/3", { epmin: 5, epmax: 5 }, /epmin 5/],
  ["/3303/0", { gt: 1 }, /belongs to a resource/],
  ["/3303/0/5700", { gt: 5, lt: 5 }, /too close/],
  ["/3303/0/5700", { gt: 5, lt: 1, st: 2 }, /too close/],
  ["/3303/0/5700", { st: -1 }, /negative/],
  ["/3303/0/5700", { gt: Number.NaN }, /number/],
])("at %s, %j is refused", (path, attributes, why) => expect(check(path, attributes)).toMatch(why));
