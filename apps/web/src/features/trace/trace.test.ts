import type { TraceMessageView, TraceView } from "@lamplighter/api/trace/view";
import { expect, test } from "vitest";
import { traceCsv, traceJsonLines } from "./trace-export";
import { exchangesMax, filterTrace, mergeTrace } from "./trace-list";

const message = (change: Partial<TraceMessageView> = {}): TraceMessageView => ({
  ...{ at: "2026-01-01T00:00:00.000Z", type: "CON", code: "GET", messageId: 1, contentFormat: null, observe: null },
  ...{ payloadBytes: 0, payload: { kind: "empty" } },
  ...change,
});
const exchange = (id: number, change: Partial<TraceView> = {}): TraceView => ({
  ...{ id, server: "management", direction: "to-device", kind: "request", token: "07" },
  ...{ path: "/3/0/9", query: "", accept: null },
  ...{ request: message(), response: null, roundTrip: null, acknowledged: false, reset: false },
  ...{ retransmissions: 0, blocks: null },
  ...change,
});
const answered = (code: string) => ({ response: message({ code, type: "ACK" }) });

test("an exchange that goes on takes its own place, and a list never grows beyond its limit", () => {
  const list = mergeTrace([], [exchange(1), exchange(2)]);
  expect(mergeTrace(list, [exchange(1, answered("2.05"))]).map(({ response }) => response?.code)).toEqual([
    "2.05",
    undefined,
  ]);
  const many = mergeTrace(
    list,
    Array.from({ length: 2 * exchangesMax }, (_, at) => exchange(at + 3)),
  );
  expect([many.length, many.at(-1)?.id]).toEqual([exchangesMax, 2 * exchangesMax + 2]);
  expect(mergeTrace(list, [])).toBe(list);
});

test("a bootstrap that became known late stands where it happened", () => {
  const at = (second: number) => ({ request: message({ at: `2026-01-01T00:00:0${second}.000Z` }) });
  const told = mergeTrace([exchange(1, at(0)), exchange(2, at(5))], [exchange(3, { ...at(3), server: "bootstrap" })]);
  expect(told.map(({ id }) => id)).toEqual([1, 3, 2]);
});

test("exchanges are chosen by who began them, by how they ended, by path and by words", () => {
  const list = [
    exchange(1, answered("2.05")),
    exchange(2, answered("4.04")),
    exchange(3, answered("5.00")),
    exchange(4),
    exchange(5, {
      direction: "from-device",
      kind: "notification",
      path: "/3416/0/1",
      request: message({ code: "2.05" }),
    }),
    exchange(6, {
      path: "/dp",
      request: message({
        payload: {
          kind: "values",
          more: false,
          values: [{ path: "/6/0/0", name: "Latitude", type: "float", value: "52.5" }],
        },
      }),
      reset: true,
    }),
  ];
  const all = { direction: "all", answer: "all", text: "" } as const;
  const ids = (change: Partial<Parameters<typeof filterTrace>[1]>) =>
    filterTrace(list, { ...all, ...change }).map(({ id }) => id);
  expect(ids({})).toEqual([1, 2, 3, 4, 5, 6]);
  expect(ids({ direction: "from-device" })).toEqual([5]);
  expect(ids({ answer: "success" })).toEqual([1, 5]);
  expect(ids({ answer: "refused" })).toEqual([2]);
  expect(ids({ answer: "failed" })).toEqual([3, 6]);
  expect(ids({ answer: "open" })).toEqual([4]);
  expect(ids({ text: "/3/" })).toEqual([1, 2, 3, 4]);
  expect(ids({ text: "latitude 52" })).toEqual([6]);
});

test("an export holds a line for each exchange, and no text of a light becomes a formula", () => {
  const evil = exchange(1, {
    path: "/dp",
    query: "=cmd()",
    request: message({ payload: { kind: "text", text: '=HYPERLINK("x"),\r\n', more: false } }),
  });
  const [title, line] = traceCsv([evil]).split("\r\n");
  expect(title).toMatch(/^started_at,direction,kind,type,code/);
  expect(line).toContain("'=cmd()");
  expect(traceCsv([evil])).toContain(`"'=HYPERLINK(""x""),`);
  expect(
    traceJsonLines([evil, evil])
      .trimEnd()
      .split("\n")
      .map((one) => JSON.parse(one).id),
  ).toEqual([1, 1]);
});
