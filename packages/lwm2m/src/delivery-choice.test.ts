import { expect, test } from "vitest";
import { chooseDelivery, type DeliveryFacts } from "./delivery-choice.ts";

const coap = { uri: "coap://192.0.2.1:5683/fw/abcdefghijklmnopqrstuv" };
const http = { uri: "http://lights.example.org/fw/abcdefghijklmnopqrstuv" };
const coaps = { uri: "coaps://192.0.2.1:5684/fw/abcdefghijklmnopqrstuv" };
const addresses = [coap, coaps, http];

test.each<[string, DeliveryFacts, "push" | "pull", string]>([
  ["says nothing", {}, "push", "push"],
  ["says nothing", {}, "pull", coap.uri],
  ["takes both", { method: 2 }, "push", "push"],
  ["takes both", { method: 2, protocols: [2, 0] }, "pull", coap.uri],
  ["takes only what it is sent", { method: 1, protocols: [0] }, "pull", "push"],
  ["only fetches", { method: 0 }, "push", coap.uri],
  ["only fetches, over HTTP", { method: 0, protocols: [2, 3] }, "push", http.uri],
  ["fetches by a protocol of the future, or is sent", { method: 2, protocols: [77] }, "pull", "push"],
  ["takes short addresses", { method: 2, uriBytesMax: coap.uri.length - 1 }, "pull", "push"],
  ["names CoAPS, but has no key here", { method: 0, protocols: [1, 0] }, "push", coap.uri],
  ["speaks DTLS", { method: 0, protocols: [0, 1], isProtected: true }, "push", coaps.uri],
  ["speaks DTLS, but does not name CoAPS", { method: 0, isProtected: true }, "push", coap.uri],
  [
    "speaks DTLS, and takes short addresses",
    { method: 0, protocols: [0, 1], isProtected: true, uriBytesMax: coap.uri.length },
    "push",
    coap.uri,
  ],
  ["names a delivery method that does not exist", { method: 9 }, "push", "push"],
])("a light that %s (%o), where %s is preferred, gets %s", (_, facts, prefers, expected) => {
  const choice = chooseDelivery(facts, { prefers, addresses });
  expect(choice.kind === "pull" ? choice.uri : choice.kind).toBe(expected);
});

test.each<[DeliveryFacts, RegExp]>([
  [{ method: 0, protocols: [3] }, /speaks only https; this server offers coap and http/],
  [{ method: 0, protocols: [1] }, /speaks only coaps; this server offers coap and http to a light without a key/],
  [{ method: 0, protocols: [77] }, /no protocol that we know/],
  [{ method: 0, uriBytesMax: 20 }, /addresses of 20 bytes; ours are longer/],
])("a light that only fetches and cannot (%o) is told of in words", (facts, words) => {
  const choice = chooseDelivery(facts, { prefers: "push", addresses });
  expect(choice.kind === "none" && choice.why).toMatch(words);
});
