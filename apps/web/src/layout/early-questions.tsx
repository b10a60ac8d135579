"use client";
import { useQueryClient } from "@tanstack/react-query";
import { usePathname } from "next/navigation";
import { useEffect } from "react";
import { lightsPageInput } from "@/features/lights/lights-url";
import { readLightsQuery } from "@/lib/lights-query";
import { paths } from "@/lib/paths";
import { useTRPC } from "@/lib/trpc";

/**
 * While the page still asks who is signed in, the heavy pages' own question already goes out beside it, under the key under
 * which the page will look for the answer. Whoever is not signed in is refused both.
 */
export function EarlyQuestions() {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const pathname = usePathname();
  useEffect(() => {
    const search = new URLSearchParams(location.search);
    const query = readLightsQuery(search);
    if (pathname === paths.lights()) {
      void queries.prefetchInfiniteQuery(
        trpc.device.list.infiniteQueryOptions(lightsPageInput(query, search.get("sort")), {
          getNextPageParam: (page) => page.nextCursor,
        }),
      );
    } else if (pathname === paths.map()) {
      void queries.prefetchQuery(trpc.device.mapPoints.queryOptions({ query }));
    } else if (pathname === paths.overview()) {
      void queries.prefetchQuery(trpc.overview.summary.queryOptions());
    }
  }, [trpc, queries, pathname]);
  return null;
}
