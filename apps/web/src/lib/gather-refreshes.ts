import type { QueryClient, QueryFilters } from "@tanstack/react-query";

/** Reads again what matches the filter, but no more often than every `milliseconds`. */
export type Refresh = (filter: QueryFilters, milliseconds: number) => void;

/**
 * Gathers announcements of change. The first one of a kind is answered after its pause, so that a burst costs one reading; one
 * that comes while an answer is still under way waits for the next round instead of starting over.
 */
export function gatherRefreshes(queries: QueryClient): { readonly refresh: Refresh; readonly stop: () => void } {
  const waiting = new Map<string, ReturnType<typeof setTimeout>>();
  const refresh: Refresh = (filter, milliseconds) => {
    const key = JSON.stringify(filter.queryKey);
    if (waiting.has(key)) return;
    waiting.set(
      key,
      setTimeout(() => {
        waiting.delete(key);
        if (queries.isFetching(filter) > 0) {
          refresh(filter, milliseconds);
          return;
        }
        void queries.invalidateQueries(filter, { cancelRefetch: false });
      }, milliseconds),
    );
  };
  return {
    refresh,
    stop: () => {
      for (const timer of waiting.values()) clearTimeout(timer);
      waiting.clear();
    },
  };
}
