import type { Cancel } from "./clock.ts";

/**
 * Carries events from the part that knows to the parts that care.
 *
 * In one process it is {@link localBus}; across nodes a message broker takes its place, so an event is plain data and a
 * publisher never waits for its listeners. `Events` maps a topic to the shape of its events.
 */
export interface Bus<Events extends object> {
  publish<Topic extends keyof Events>(topic: Topic, event: Events[Topic]): void;
  subscribe<Topic extends keyof Events>(topic: Topic, listener: (event: Events[Topic]) => void): Cancel;
}

/** A bus within this process. A listener that throws is reported to `onError` and does not stop the others. */
export function localBus<Events extends object>(onError: (topic: keyof Events, error: unknown) => void): Bus<Events> {
  const listeners = new Map<keyof Events, Set<(event: never) => void>>();
  return {
    publish(topic, event) {
      for (const listener of listeners.get(topic) ?? []) {
        try {
          (listener as (event: unknown) => void)(event);
        } catch (error) {
          onError(topic, error);
        }
      }
    },
    subscribe(topic, listener) {
      const set = listeners.get(topic) ?? new Set();
      listeners.set(topic, set);
      set.add(listener);
      return () => void set.delete(listener);
    },
  };
}
