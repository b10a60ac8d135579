import { expect, test } from "vitest";
import { instance, multiple, single } from "../node.ts";
import { float, integer, opaque } from "../value.ts";
import { plainComposite, plainContent } from "./plain-content.ts";
import type { QueuedRequest } from "./queued-request.ts";
import type { QueuedRequestStore } from "./queued-request-store.ts";

/** A store that holds nothing, and the same data opened again. */
export interface QueueStoreUnderTest {
  readonly store: QueuedRequestStore;
  readonly reopen?: () => QueuedRequestStore;
}

/** What every store of queued requests must do; run it inside a `describe` on each of them. */
export function queuedRequestStoreContract(create: () => QueueStoreUnderTest | Promise<QueueStoreUnderTest>): void {
  async function opened() {
    const { store, reopen = () => store } = await create();
    return { store, loaded: (account = "default") => reopen().load(account) };
  }

  test("a store that was never written to is empty", async () => {
    expect(await (await opened()).loaded()).toEqual([]);
  });

  test("every operation comes back as it was saved", async () => {
    const { store, loaded } = await opened();
    const content = plainContent(
      instance(3, [single(1, integer(2n ** 62n)), multiple(2, [opaque(Uint8Array.of(0, 255)), float(-0)])]),
    );
    const operations: QueuedRequest["operation"][] = [
      { kind: "read", path: "/3/0/9" },
      { kind: "execute", path: "/3/0/4", arguments: "0='a'" },
      { kind: "execute", path: "/3/0/4" },
      { kind: "write", path: "/9/3", content, mode: "partial" },
      { kind: "read-composite", path: "/3/0/9 /1" },
      { kind: "observe-composite", path: "/3/0/9 /4/0/2" },
      plainComposite([
        { path: "/1/0/1", content: integer(2n ** 62n) },
        { path: "/3/0/11/2", content: "delete" },
      ]),
      { kind: "write-attributes", path: "/3/0/9", attributes: { pmin: 10, gt: null } },
    ];
    const requests = operations.map((operation, position) => requestOf({ id: `r${position}`, position, operation }));
    for (const request of requests) await store.save(request);
    expect(await loaded()).toEqual(requests);
  });

  test("a request is replaced by its id, and comes back in the order of positions with its result", async () => {
    const { store, loaded } = await opened();
    await store.save(requestOf({ id: "b", position: 2 }));
    await store.save(requestOf({ id: "a", position: 1 }));
    const ended = requestOf({
      id: "b",
      position: 2,
      state: "delivered",
      attempts: 2,
      endedAt: 7_000,
      result: { code: "4.04", message: "There is nothing." },
    });
    await store.save(ended);
    expect(await loaded()).toEqual([requestOf({ id: "a", position: 1 }), ended]);
  });

  test("accounts do not see each other, and what is removed is gone", async () => {
    const { store, loaded } = await opened();
    await store.save(requestOf({ id: "a" }));
    await store.save(requestOf({ id: "b", account: "other" }));
    await store.remove(["a", "nobody"]);
    expect(await loaded()).toEqual([]);
    expect((await loaded("other")).map(({ id }) => id)).toEqual(["b"]);
  });
}

/** A request that waits; a test says what differs. */
export function requestOf(change: Partial<QueuedRequest> = {}): QueuedRequest {
  return {
    id: "r",
    account: "default",
    endpoint: "light-1",
    position: 1,
    operation: { kind: "read", path: "/3/0/9" },
    askedAt: 1_000,
    askedBy: "user-1",
    expiresAt: 601_000,
    state: "waiting",
    attempts: 0,
    ...change,
  };
}
