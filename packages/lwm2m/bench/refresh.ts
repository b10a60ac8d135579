// CPU time of one registration refresh and one notification, from the decoded request to the event, without CoAP.
import { contentFormat } from "@lamplighter/coap/content-format";
import type { IncomingRequest } from "@lamplighter/coap/endpoint";
import { TimingWheel } from "@lamplighter/coap/timing-wheel";
import { silentLog } from "@lamplighter/runtime/log";
import { seeded } from "@lamplighter/runtime/random";
import { systemClock } from "@lamplighter/runtime/system-clock";
import { decodeContent } from "../src/content.ts";
import { zeroLwm2mCounters } from "../src/counters.ts";
import { MemoryRegistrationStore } from "../src/memory-registration-store.ts";
import { knownObjects } from "../src/models/known-objects.ts";
import { parsePath } from "../src/path.ts";
import { RegistrationInterface } from "../src/registration-interface.ts";
import { defaultRegistrationLimits } from "../src/registration-limits.ts";
import { encodeTlv } from "../src/tlv.ts";
import { UplinkAnswers } from "../src/uplink-answers.ts";

const devices = 10_000;
const rounds = 50;
const clock = systemClock();
const wheel = new TimingWheel(clock);
const places: string[] = [];
const counters = zeroLwm2mCounters();
const random = seeded(1);
const desk = new RegistrationInterface({
  clock,
  wheel,
  random,
  log: silentLog,
  store: new MemoryRegistrationStore(),
  enrol: () => "accept",
  authenticated: () => undefined,
  whyNotClear: () => undefined,
  profileOf: () => undefined,
  account: "default",
  answers: new UplinkAnswers({ clock, counters, random, log: silentLog, onEvent: () => {} }),
  limits: defaultRegistrationLimits,
  graceSeconds: 93,
  counters,
  listener: { opened() {}, updated() {}, closed() {}, heard() {} },
  onEvent() {},
});
desk.restore([]);

function request(path: readonly string[], query: readonly string[], payload: string): IncomingRequest {
  return {
    peer: "192.0.2.7:5683",
    method: 2,
    confirmable: true,
    path,
    query,
    token: new Uint8Array(4),
    payload: new TextEncoder().encode(payload),
    blocks: 1,
    respond: (response, whenSent) => {
      if (response.locationPath) places.push(response.locationPath[1] ?? "");
      whenSent?.();
    },
  };
}

measure("Register", devices, () => {
  for (let index = 0; index < devices; index++) {
    desk.take(
      request(["rd"], [`ep=light-${index}`, "lt=300", "lwm2m=1.1", "b=U"], "</1/0>,</3/0>,</5/0>,</3311/0>,</3416/0>"),
    );
  }
});
measure("refresh", devices * rounds, () => {
  for (let round = 0; round < rounds; round++) {
    for (const place of places) desk.take(request(["rd", place], [], ""));
  }
});
const path = parsePath("/3416/0");
const model = knownObjects().find(3416);
const lamp = encodeTlv([1, 2, 3, 4, 5].map((id) => ({ kind: "resource", id, value: Uint8Array.of(1) })));
measure("instance of five resources read from TLV", devices * rounds, () => {
  for (let index = 0; index < devices * rounds; index++) decodeContent(lamp, contentFormat.tlv, path, model);
});
desk.close();
wheel.clearAll();

function measure(what: string, count: number, run: () => void): void {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  console.log(`${what}: ${((user + system) / count).toFixed(2)} µs`);
}
