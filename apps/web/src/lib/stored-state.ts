"use client";
import { useCallback, useSyncExternalStore } from "react";

const listeners = new Set<() => void>();
const parsed = new Map<string, { readonly text: string | null; readonly value: unknown }>();

/** A small choice of this browser, such as which columns are shown. Anything unreadable counts as not chosen. */
export function useStoredState<Value>(key: string, initial: Value): [Value, (value: Value) => void] {
  const value = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      window.addEventListener("storage", listener);
      return () => {
        listeners.delete(listener);
        window.removeEventListener("storage", listener);
      };
    },
    () => read(key, initial),
    () => initial,
  );
  const change = useCallback(
    (next: Value) => {
      localStorage.setItem(key, JSON.stringify(next));
      for (const listener of listeners) listener();
    },
    [key],
  );
  return [value, change];
}

// The same object as long as the text is the same: otherwise every reading would look like a change.
function read<Value>(key: string, initial: Value): Value {
  const text = localStorage.getItem(key);
  const known = parsed.get(key);
  if (known && known.text === text) return known.value as Value;
  let value = initial;
  try {
    if (text !== null) value = JSON.parse(text) as Value;
  } catch {
    // Written by hand or by something else: the usual choice stands.
  }
  parsed.set(key, { text, value });
  return value;
}
