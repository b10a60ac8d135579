import { expect, test } from "vitest";
import type { Registration } from "./registration.ts";
import type { RegistrationStore, StoredObservation, StoredRegistrations } from "./registration-store.ts";
import { registrationOf } from "./testing/registrations.ts";

/** A fresh, empty store, and how to see what a restarted server would see. */
export interface StoreUnderTest {
  readonly store: RegistrationStore;
  /** Opens the same data again; by default the same store. */
  readonly reopen?: () => RegistrationStore | Promise<RegistrationStore>;
}

/**
 * What every registration store must do; run it inside a `describe` on each of them.
 *
 * `create` is called once for each test, and must give a store that holds nothing.
 */
export function registrationStoreContract(create: () => StoreUnderTest | Promise<StoreUnderTest>): void {
  async function world() {
    const { store, reopen = () => store } = await create();
    return {
      store,
      save: (registration: Registration) =>
        new Promise<void>((resolve, reject) =>
          store.save(registration, (error) => (error ? reject(error) : resolve())),
        ),
      remove: (id: string) =>
        new Promise<void>((resolve, reject) => store.remove(id, (error) => (error ? reject(error) : resolve()))),
      async loaded(): Promise<StoredRegistrations> {
        await store.flush();
        return (await reopen()).load();
      },
    };
  }

  test("a store that was never written to is empty", async () => {
    expect(await (await world()).loaded()).toEqual({ registrations: [], observations: [] });
  });

  test("a registration comes back as it was saved, in every field", async () => {
    const { save, loaded } = await world();
    await save(complete);
    expect((await loaded()).registrations).toEqual([complete]);
  });

  test("a registration without the optional fields comes back without them", async () => {
    const { save, loaded } = await world();
    await save(registrationOf());
    expect((await loaded()).registrations).toEqual([registrationOf()]);
  });

  test("that a device proved who it is outlives a restart, and an endpoint registered anew without proof has none", async () => {
    const { save, loaded } = await world();
    await save(registrationOf({ authenticated: true }));
    expect((await loaded()).registrations).toEqual([registrationOf({ authenticated: true })]);
    await save(registrationOf({ id: "second" }));
    expect((await loaded()).registrations).toEqual([registrationOf({ id: "second" })]);
  });

  test("a lifetime without end comes back without end", async () => {
    const { save, loaded } = await world();
    const endless = registrationOf({ lifetimeSeconds: 0, expiresAt: Number.POSITIVE_INFINITY });
    await save(endless);
    expect((await loaded()).registrations).toEqual([endless]);
  });

  test("saving an endpoint anew replaces its registration, and drops its observations when the id changed", async () => {
    const { store, save, loaded } = await world();
    await save(registrationOf({ id: "first" }));
    store.saveObservation(observationOf({ registrationId: "first" }));
    await save(registrationOf({ id: "second", address: "192.0.2.7:9" }));
    expect(await loaded()).toEqual({
      registrations: [registrationOf({ id: "second", address: "192.0.2.7:9" })],
      observations: [],
    });
  });

  test("saving a change under the same id keeps the observations", async () => {
    const { store, save, loaded } = await world();
    await save(registrationOf());
    store.saveObservation(observationOf());
    await save(registrationOf({ lifetimeSeconds: 60 }));
    const { registrations, observations } = await loaded();
    expect(registrations).toEqual([registrationOf({ lifetimeSeconds: 60 })]);
    expect(observations).toEqual([observationOf()]);
  });

  test("the same endpoint name in another account is another device", async () => {
    const { save, loaded } = await world();
    await save(registrationOf({ id: "one" }));
    await save(registrationOf({ id: "two", account: "other" }));
    expect((await loaded()).registrations.map(({ id }) => id).sort()).toEqual(["one", "two"]);
  });

  test("a refresh moves the times and nothing else; of an unknown id it is ignored", async () => {
    const { store, save, loaded } = await world();
    await save(complete);
    store.refresh(complete.id, 5_000, 905_000);
    store.refresh("nobody", 1, 2);
    expect((await loaded()).registrations).toEqual([{ ...complete, lastSeenAt: 5_000, expiresAt: 905_000 }]);
  });

  test("a refresh after a later save does not bring back what was before it", async () => {
    const { store, save, loaded } = await world();
    await save(registrationOf());
    store.refresh("an-id", 2_000, 302_000);
    await save(registrationOf({ binding: "UT", lastSeenAt: 3_000, expiresAt: 303_000 }));
    expect((await loaded()).registrations).toEqual([
      registrationOf({ binding: "UT", lastSeenAt: 3_000, expiresAt: 303_000 }),
    ]);
  });

  test("removing takes the observations along, and is no error for an unknown id", async () => {
    const { store, save, remove, loaded } = await world();
    await save(registrationOf());
    await save(registrationOf({ id: "other", endpoint: "light-2" }));
    store.saveObservation(observationOf());
    store.saveObservation(observationOf({ token: "bb", registrationId: "other", endpoint: "light-2" }));
    await remove("an-id");
    await remove("nobody");
    const { registrations, observations } = await loaded();
    expect(registrations.map(({ endpoint }) => endpoint)).toEqual(["light-2"]);
    expect(observations.map(({ token }) => token)).toEqual(["bb"]);
  });

  test("observations are kept by their token, with and without a format", async () => {
    const { store, save, loaded } = await world();
    const { accept: _, ...formatless } = observationOf({ token: "02", path: "/3/0" });
    await save(registrationOf());
    store.saveObservation(observationOf({ token: "01" }));
    store.saveObservation(formatless);
    store.saveObservation(observationOf({ token: "01", path: "/5/0/5" }));
    const { observations } = await loaded();
    expect([...observations].sort((a, b) => a.token.localeCompare(b.token))).toEqual([
      observationOf({ token: "01", path: "/5/0/5" }),
      formatless,
    ]);
    store.removeObservation("01");
    store.removeObservation("nothing");
    expect((await loaded()).observations.map(({ token }) => token)).toEqual(["02"]);
  });

  test("an observation of a registration that is gone does not come back", async () => {
    const { store, save, remove, loaded } = await world();
    await save(registrationOf());
    await remove("an-id");
    store.saveObservation(observationOf());
    expect((await loaded()).observations).toEqual([]);
  });

  test("saves are answered in the order they were made", async () => {
    const { store, loaded } = await world();
    const answered: string[] = [];
    await new Promise<void>((resolve) => {
      for (let index = 0; index < 20; index++) {
        store.save(registrationOf({ id: `id-${index}`, endpoint: `light-${index % 7}` }), () => {
          answered.push(`id-${index}`);
          if (answered.length === 20) resolve();
        });
      }
    });
    expect(answered).toEqual(Array.from({ length: 20 }, (_, index) => `id-${index}`));
    const kept = (await loaded()).registrations.map(({ id }) => id);
    expect(kept.sort()).toEqual(["id-13", "id-14", "id-15", "id-16", "id-17", "id-18", "id-19"]);
  });
}

const complete: Registration = {
  id: "Abc-_0123456789z",
  account: "default",
  endpoint: 'urn:dev:os:"light" — ü',
  version: "1.0",
  lifetimeSeconds: 900,
  binding: "US",
  queueMode: true,
  smsNumber: "491234567",
  address: "[2001:db8::7]:40000",
  rootPath: ["lwm2m", "a b"],
  objects: [
    { object: 1, version: "1.1", instances: [0, 1] },
    { object: 3, instances: [] },
  ],
  contentFormats: [110, 11_542],
  attributes: { foo: "bar", empty: "" },
  registeredAt: 1_700_000_000_001,
  lastSeenAt: 1_700_000_000_002,
  expiresAt: 1_700_000_900_002,
  pending: true,
  authenticated: true,
};

function observationOf(different: Partial<StoredObservation> = {}): StoredObservation {
  return { token: "0a", registrationId: "an-id", endpoint: "light-1", path: "/5/0/3", accept: 11_542, ...different };
}
