import {
  CHANGED,
  CONTENT,
  DELETED,
  NOT_ACCEPTABLE,
  NOT_FOUND,
  UNSUPPORTED_CONTENT_FORMAT,
} from "@lamplighter/coap/code";
import { contentFormat } from "@lamplighter/coap/content-format";
import { expect, test } from "vitest";
import { encodeContent } from "../content.ts";
import { instance, object, single } from "../node.ts";
import { configurationOf } from "../testing/bootstrap.ts";
import { utf8 } from "../testing/bytes.ts";
import { integer } from "../value.ts";
import type { BootstrapConfiguration, BootstrapFormat } from "./configuration.ts";
import {
  type BootstrapAnswer,
  type BootstrapEvent,
  type BootstrapSession,
  beginBootstrap,
  nextBootstrap,
  pathOf,
} from "./session.ts";

const response = (code: number, payload: Uint8Array = new Uint8Array(), format?: number): BootstrapAnswer => ({
  kind: "response",
  code,
  payload,
  contentFormat: format,
});
const silent: BootstrapAnswer = { kind: "silent" };
const usual = (path: string): BootstrapAnswer => {
  if (path === "discover /") return response(CONTENT, utf8("</0/1>,</1>,</3/0>"), contentFormat.link);
  if (path.startsWith("delete")) return response(DELETED);
  if (path.startsWith("read")) return response(CONTENT, new Uint8Array(), contentFormat.tlv);
  return response(CHANGED);
};

/** Plays a whole bootstrap; `answer` may differ from the usual one. Returns what was sent and the last state. */
function play(
  answer: (operation: string) => BootstrapAnswer | undefined = () => undefined,
  configuration: Partial<BootstrapConfiguration> = {},
  format: BootstrapFormat = "tlv",
) {
  const sent: string[] = [];
  let turn = nextBootstrap(beginBootstrap(configurationOf(configuration), format), { kind: "answered" }, 0);
  for (let at = 1; turn.effects.length > 0 && at < 60; at++) {
    const { operation, format: used } = turn.effects[0]!;
    const text = `${operation.kind} ${pathOf(operation)}`;
    sent.push(operation.kind === "write" && used !== "tlv" ? `${text} in ${used}` : text);
    turn = nextBootstrap(turn.session, { kind: "answer", answer: answer(text) ?? usual(text) }, at);
  }
  return { sent, session: turn.session, outcome: turn.session.outcome };
}

test("nothing is sent before our answer has left", () => {
  const fresh = beginBootstrap(configurationOf(), "tlv");
  expect(nextBootstrap(fresh, { kind: "answer", answer: response(CHANGED) }, 0).effects).toEqual([]);
  expect(fresh.phase).toBe("answering");
});

test("Discover, Delete, Write, Read, Finish: in this order, and the bootstrap account keeps its number", () => {
  const { sent, outcome } = play();
  expect(sent).toEqual(["discover /", "delete /0", "delete /1", "write /0/0", "write /1/0", "read /1", "finish /bs"]);
  expect(outcome).toBe("finished");
});

test("a server account is not written over the bootstrap account at /0/0", () => {
  const { sent } = play((operation) =>
    operation === "discover /" ? response(CONTENT, utf8("</0/0>,</3/0>"), contentFormat.link) : undefined,
  );
  expect(sent).toContain("write /0/1");
  expect(sent).not.toContain("write /0/0");
});

test("without a delete, the account that the device has for a server is written anew, and others are left", () => {
  const links = utf8("</0/0>,</0/3>;ssid=1,</0/1>;ssid=7,</1/2>;ssid=1,</1/0>;ssid=7");
  const { sent } = play((operation) => (operation === "discover /" ? response(CONTENT, links) : undefined), {
    deletions: [],
  });
  expect(sent.filter((each) => each.startsWith("write"))).toEqual(["write /0/3", "write /1/2"]);
});

test("a device that refuses to be discovered is asked for less, then written to where no bootstrap account can be", () => {
  const { sent, outcome } = play((operation) => (operation.startsWith("discover") ? response(NOT_FOUND) : undefined));
  expect(sent).toEqual([
    ...["discover /", "discover /0", "delete /0", "delete /1", "write /0/2", "write /1/0", "read /1", "finish /bs"],
  ]);
  expect(outcome).toBe("finished");
});

test("an unreadable Discover is taken for none", () => {
  const { sent, outcome } = play((operation) =>
    operation.startsWith("discover") ? response(CONTENT, utf8("<<<")) : undefined,
  );
  expect(sent).toContain("write /0/2");
  expect(outcome).toBe("finished");
});

test("a refused delete is noted and the bootstrap goes on", () => {
  const { sent, session, outcome } = play((operation) => (operation === "delete /0" ? response(NOT_FOUND) : undefined));
  expect(sent.at(-1)).toBe("finish /bs");
  expect(outcome).toBe("finished");
  expect(session.steps.find(({ path }) => path === "/0")).toMatchObject({ code: "4.04", operation: "delete" });
});

test("a refused write is noted, and the end says that not all was taken", () => {
  const { session, outcome } = play((operation) => (operation === "write /1/0" ? response(NOT_FOUND) : undefined));
  expect(outcome).toBe("finished-in-part");
  expect(session.refusedWrites).toBe(1);
});

test("a device that does not read the preferred format is written to in TLV from then on", () => {
  const refuse = (operation: string) =>
    operation === "write /0/0" && count++ === 0 ? response(UNSUPPORTED_CONTENT_FORMAT) : undefined;
  let count = 0;
  const { sent, outcome } = play(refuse, {}, "senml-cbor");
  expect(sent.filter((each) => each.startsWith("write"))).toEqual([
    "write /0/0 in senml-cbor",
    "write /0/0",
    "write /1/0",
  ]);
  expect(outcome).toBe("finished");
});

test("Finish 4.06 means that the accounts do not fit together", () => {
  expect(play((operation) => (operation === "finish /bs" ? response(NOT_ACCEPTABLE) : undefined)).outcome).toBe(
    "inconsistent",
  );
  expect(play((operation) => (operation === "finish /bs" ? response(NOT_FOUND) : undefined)).outcome).toBe(
    "finish-refused",
  );
});

test("each operation is sent twice to a silent device, and then a delete, a write or a Finish ends it", () => {
  for (const operation of ["delete /0", "write /0/0", "write /1/0", "finish /bs"]) {
    const { sent, outcome } = play((each) => (each === operation ? silent : undefined));
    expect(sent.filter((each) => each === operation)).toHaveLength(2);
    expect([sent.at(-1), outcome]).toEqual([operation, "silent"]);
  }
});

test("a device that is silent to Discover and Read is configured all the same", () => {
  const { sent, outcome } = play((each) => (/^(discover|read)/.test(each) ? silent : undefined));
  expect(sent).toEqual([
    ...[
      "discover /",
      "discover /",
      "delete /0",
      "delete /1",
      "write /0/2",
      "write /1/0",
      "read /1",
      "read /1",
      "finish /bs",
    ],
  ]);
  expect(outcome).toBe("finished");
});

test("what the device holds is compared with what was written", () => {
  const held = encodeContent(
    object(1, [instance(0, [single(0, integer(1)), single(1, integer(300))])]),
    contentFormat.tlv,
  );
  const { session } = play((operation) =>
    operation === "read /1" ? response(CONTENT, held, contentFormat.tlv) : undefined,
  );
  const note = session.steps.find(({ operation }) => operation === "read")?.note;
  expect(note).toContain("/1/0/1 is 300, 86400 was written.");
  expect(note).toContain("/1/0/7 is not there, U was written.");
});

test("the history never holds a key or an identity", () => {
  const credentials = { mode: "psk", identity: "who-i-am", key: "c0ffee" } as const;
  const security = [{ uri: "coaps://x", isBootstrapServer: false, credentials, shortServerId: 1 }];
  const { session } = play(undefined, { security });
  const written = JSON.stringify(session.steps);
  expect(written).not.toContain("who-i-am");
  expect(written).not.toContain("c0ffee");
});

test("every event in every state leads somewhere, and an ended session stays as it is", () => {
  const answers = [
    silent,
    { kind: "failed", why: "x" } as const,
    ...[0x41, 0x44, 0x45, 0x80, 0x84, 0x86, 0x8f, 0xa0].map((code) => response(code, utf8("x"))),
  ];
  const events: BootstrapEvent[] = [
    { kind: "answered" },
    { kind: "deadline" },
    { kind: "replaced" },
    { kind: "stopped" },
    ...answers.map((answer) => ({ kind: "answer", answer }) as const),
  ];
  const seen = new Set<string>();
  const queue: BootstrapSession[] = [beginBootstrap(configurationOf(), "tlv")];
  for (let session = queue.shift(); session; session = queue.shift()) {
    for (const event of events) {
      const turn = nextBootstrap(session, event, 1);
      if (session.phase === "ended") {
        expect(turn).toEqual({ session, effects: [] });
        continue;
      }
      expect(turn.effects.length).toBeLessThanOrEqual(1);
      expect(turn.session.phase === "ended").toBe(turn.session.outcome !== undefined);
      // Whoever waits for nothing and has not ended would hang: only before our own answer is that so.
      if (turn.session.phase !== "ended" && turn.session.phase !== "answering")
        expect(turn.session.current).toBeDefined();
      const { current } = turn.session;
      const key = `${turn.session.phase} ${current && pathOf(current.operation)} ${current?.operation.kind} ${current?.tries} ${turn.session.ahead.length} ${turn.session.refusedWrites} ${turn.session.outcome}`;
      if (!seen.has(key)) {
        seen.add(key);
        queue.push(turn.session);
      }
    }
  }
  for (const outcome of [
    "finished",
    "finished-in-part",
    "inconsistent",
    "finish-refused",
    "silent",
    "too-late",
    "replaced",
    "stopped",
  ]) {
    expect(
      [...seen].some((key) => key.endsWith(` ${outcome}`)),
      outcome,
    ).toBe(true);
  }
});
