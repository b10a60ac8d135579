import { QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { gatherRefreshes } from "./gather-refreshes";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const filter = { queryKey: [["device", "list"]] };

test("a burst of announcements costs one reading", () => {
  const queries = new QueryClient();
  const read = vi.spyOn(queries, "invalidateQueries");
  const { refresh } = gatherRefreshes(queries);
  for (let times = 0; times < 100; times++) refresh(filter, 1_000);
  vi.advanceTimersByTime(999);
  expect(read).toHaveBeenCalledTimes(0);
  vi.advanceTimersByTime(1);
  expect(read).toHaveBeenCalledTimes(1);
});

test("an answer that is still under way is not started over; its round comes after it", () => {
  const queries = new QueryClient();
  const read = vi.spyOn(queries, "invalidateQueries");
  const fetching = vi.spyOn(queries, "isFetching").mockReturnValue(1);
  const { refresh } = gatherRefreshes(queries);
  refresh(filter, 1_000);
  vi.advanceTimersByTime(1_000);
  expect(read).toHaveBeenCalledTimes(0);
  fetching.mockReturnValue(0);
  vi.advanceTimersByTime(1_000);
  expect(read).toHaveBeenCalledTimes(1);
});

test("what waits is forgotten when nobody looks any more", () => {
  const queries = new QueryClient();
  const read = vi.spyOn(queries, "invalidateQueries");
  const { refresh, stop } = gatherRefreshes(queries);
  refresh(filter, 1_000);
  stop();
  vi.advanceTimersByTime(5_000);
  expect(read).toHaveBeenCalledTimes(0);
});
