import type { Registration } from "./registration.ts";
import type { RegistrationStore, StoredObservation, StoredRegistrations } from "./registration-store.ts";

/**
 * Keeps registrations in memory: for tests and simulation. Two servers handed the same one after another are one server
 * that restarted.
 */
export class MemoryRegistrationStore implements RegistrationStore {
  readonly #byId = new Map<string, Registration>();
  readonly #idByKey = new Map<string, string>();
  readonly #observations = new Map<string, StoredObservation>();

  load(): Promise<StoredRegistrations> {
    return Promise.resolve({
      registrations: [...this.#byId.values()],
      observations: [...this.#observations.values()],
    });
  }

  save(registration: Registration, done: (error?: Error) => void): void {
    const key = `${registration.account}\0${registration.endpoint}`;
    const former = this.#idByKey.get(key);
    if (former !== undefined && former !== registration.id) this.#drop(former);
    this.#byId.set(registration.id, registration);
    this.#idByKey.set(key, registration.id);
    done();
  }

  refresh(id: string, lastSeenAt: number, expiresAt: number): void {
    const registration = this.#byId.get(id);
    if (registration) this.#byId.set(id, { ...registration, lastSeenAt, expiresAt });
  }

  remove(id: string, done: (error?: Error) => void): void {
    this.#drop(id);
    done();
  }

  saveObservation(observation: StoredObservation): void {
    // One that belongs to no registration would outlive every reason for it.
    if (this.#byId.has(observation.registrationId)) this.#observations.set(observation.token, observation);
  }

  removeObservation(token: string): void {
    this.#observations.delete(token);
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  #drop(id: string): void {
    const registration = this.#byId.get(id);
    if (!registration) return;
    this.#byId.delete(id);
    this.#idByKey.delete(`${registration.account}\0${registration.endpoint}`);
    for (const [token, observation] of this.#observations) {
      if (observation.registrationId === id) this.#observations.delete(token);
    }
  }
}
