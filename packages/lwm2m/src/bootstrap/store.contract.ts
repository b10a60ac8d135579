import { expect, test } from "vitest";
import { configurationOf, recordOf } from "../testing/bootstrap.ts";
import type { BootstrapConfiguration } from "./configuration.ts";
import { type BootstrapRecord, type BootstrapStore, recordsPerEndpointMax } from "./store.ts";

/** A fresh, empty store, with what a test needs around it. */
export interface BootstrapStoreUnderTest {
  readonly store: BootstrapStore;
  /** Sets a configuration for one device, for a group of them, or for all without one. */
  configure(target: BootstrapTarget, name: string, configuration: BootstrapConfiguration): Promise<void>;
  /** Records of a device, oldest first. */
  recordsOf(endpoint: string): Promise<readonly BootstrapRecord[]>;
}

export type BootstrapTarget =
  | { readonly kind: "device"; readonly endpoint: string }
  | { readonly kind: "group"; readonly members: readonly string[] }
  | { readonly kind: "default" };

/** What every bootstrap store must do; run it inside a `describe` on each of them. */
export function bootstrapStoreContract(create: () => Promise<BootstrapStoreUnderTest>): void {
  const nameFor = async (store: BootstrapStore, endpoint: string) => (await store.configurationFor(endpoint))?.name;

  test("a store without configurations has none for anybody", async () => {
    const { store } = await create();
    expect(await store.configurationFor("light-1")).toBeUndefined();
  });

  test("a device's own configuration goes before its group's, and that before the default", async () => {
    const { store, configure } = await create();
    await configure({ kind: "default" }, "everybody", configurationOf());
    await configure({ kind: "group", members: ["light-1", "light-2"] }, "harbour", configurationOf());
    await configure({ kind: "device", endpoint: "light-1" }, "one", configurationOf());
    expect(await nameFor(store, "light-1")).toBe("one");
    expect(await nameFor(store, "light-2")).toBe("harbour");
    expect(await nameFor(store, "light-3")).toBe("everybody");
  });

  test("a configuration comes back as it was written, keys too", async () => {
    const { store, configure } = await create();
    const written = configurationOf({
      security: [
        {
          uri: "coaps://192.0.2.1:5684",
          isBootstrapServer: false,
          credentials: { mode: "psk", identity: "light-1", key: "00ff10" },
          shortServerId: 1,
        },
      ],
      accessControl: [{ object: 3, instance: 0, rights: [{ shortServerId: 1, rights: 31 }], owner: 65_535 }],
      format: "senml-cbor",
    });
    await configure({ kind: "device", endpoint: "light-1" }, "one", written);
    expect((await store.configurationFor("light-1"))?.configuration).toEqual(written);
  });

  test("a record comes back with its steps", async () => {
    const { store, recordsOf } = await create();
    const record = recordOf();
    await store.record(record);
    expect(await recordsOf("light-1")).toEqual([record]);
  });

  test(`of one device the newest ${recordsPerEndpointMax} records are kept, and others keep theirs`, async () => {
    const { store, recordsOf } = await create();
    await store.record(recordOf({ endpoint: "light-2" }));
    for (let count = 0; count < recordsPerEndpointMax + 3; count++) {
      await store.record(recordOf({ startedAt: 1_000 + count, endedAt: 2_000 + count }));
    }
    const kept = await recordsOf("light-1");
    expect(kept.map(({ startedAt }) => startedAt)).toEqual(
      Array.from({ length: recordsPerEndpointMax }, (_, at) => 1_003 + at),
    );
    expect(await recordsOf("light-2")).toHaveLength(1);
  });
}
