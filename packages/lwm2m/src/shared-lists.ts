import type { Registration } from "./registration.ts";

/** Lists that are kept to be shared. Beyond, all are forgotten, and those who have them keep them to themselves. */
const sharedMax = 4_096;

/**
 * Keeps one copy of what many devices say alike. A fleet of one make has one object list, and a hundred thousand copies of
 * it would be most of what its registrations weigh.
 */
export class SharedLists {
  readonly #known = new Map<string, unknown>();

  /** The same registration, with its lists and short texts shared. */
  registration(registration: Registration): Registration {
    return {
      ...registration,
      binding: this.#share(registration.binding),
      rootPath: this.#share(registration.rootPath),
      objects: this.#share(registration.objects),
      contentFormats: this.#share(registration.contentFormats),
      attributes: this.#share(registration.attributes),
    };
  }

  #share<T>(value: T): T {
    const key = JSON.stringify(value);
    const known = this.#known.get(key);
    if (known !== undefined) return known as T;
    if (this.#known.size >= sharedMax) this.#known.clear();
    this.#known.set(key, value);
    return value;
  }
}
