"use client";
import type { AppRouter, RouterInputs, RouterOutputs } from "@lamplighter/api/client";
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createTRPCClient, createWSClient, TRPCClientError, wsLink } from "@trpc/client";
import { createTRPCContext } from "@trpc/tanstack-react-query";
import { type ReactNode, useState } from "react";
import { noteConnection, refusals } from "@/lib/connection";
import { heedSignOut, leaveForSignIn } from "@/lib/leave-for-sign-in";

export type { RouterInputs, RouterOutputs };

/**
 * `useTRPC()` gives typed options for React Query: `useQuery(trpc.device.get.queryOptions({ id }))`,
 * `useInfiniteQuery(trpc.device.list.infiniteQueryOptions(input, { getNextPageParam: (page) => page.nextCursor }))`,
 * `useMutation(trpc.group.create.mutationOptions())`. `useTRPCClient()` calls a procedure without the cache.
 */
export const { TRPCProvider, useTRPC, useTRPCClient } = createTRPCContext<AppRouter>();

/** What is shown stays true this long without asking again; the live feed says earlier when it does not. */
const staleMilliseconds = 30_000;
const retriesMax = 3;
/** A half-dead connection is noticed within these two together. */
const pingMilliseconds = 10_000;
const pongMilliseconds = 5_000;
const reconnectMillisecondsMax = 5_000;

/** The API's refusal behind an error, if it is one: its code, and the reason as a word. */
export function refusalOf(error: unknown): { readonly code: string; readonly reason: string | undefined } | undefined {
  if (!(error instanceof TRPCClientError)) return undefined;
  const data = error.data as { code?: unknown; reason?: unknown } | null | undefined;
  if (typeof data?.code !== "string") return undefined;
  return { code: data.code, reason: typeof data.reason === "string" ? data.reason : undefined };
}

function createQueryClient(): QueryClient {
  const noticeSignedOut = (error: unknown) => {
    if (refusalOf(error)?.code === "UNAUTHORIZED") leaveForSignIn();
  };
  return new QueryClient({
    queryCache: new QueryCache({ onError: noticeSignedOut }),
    mutationCache: new MutationCache({ onError: noticeSignedOut }),
    defaultOptions: {
      queries: {
        staleTime: staleMilliseconds,
        // A refusal stays a refusal; only a connection that broke under the question is worth asking again.
        retry: (failures, error) => refusalOf(error) === undefined && failures < retriesMax,
        // The queries go over a socket that reconnects by itself; the browser's idea of "online" says little about it.
        networkMode: "always",
      },
      mutations: { networkMode: "always" },
    },
  });
}

function createClient() {
  const inBrowser = typeof window !== "undefined";
  if (inBrowser) heedSignOut();
  const socket = createWSClient({
    url: () => `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}/api/trpc`,
    // While the page is rendered on the server nothing is asked, so nothing must be opened.
    lazy: { enabled: !inBrowser, closeMs: 0 },
    keepAlive: { enabled: true, intervalMs: pingMilliseconds, pongTimeoutMs: pongMilliseconds },
    retryDelayMs: (attempt) => Math.min(reconnectMillisecondsMax, 250 * 2 ** attempt),
    onOpen: () => noteConnection("opened"),
    onClose: () => {
      noteConnection("closed");
      // A server may refuse the upgrade of somebody who is not signed in; the browser does not tell why it was refused.
      if (refusals() === 2) void leaveIfSignedOut();
    },
  });
  return createTRPCClient<AppRouter>({ links: [wsLink({ client: socket })] });
}

async function leaveIfSignedOut(): Promise<void> {
  try {
    const response = await fetch("/api/auth/get-session");
    if (response.ok && (await response.json()) === null) leaveForSignIn();
  } catch {
    // The server cannot be reached at all: the banner says so, and the socket keeps trying.
  }
}

let shared: { readonly queries: QueryClient; readonly client: ReturnType<typeof createClient> } | undefined;

/** Makes the one connection and the one cache of this tab. */
export function ApiProvider({ children }: { readonly children: ReactNode }) {
  const [{ queries, client }] = useState(() => {
    if (typeof window === "undefined") return { queries: createQueryClient(), client: createClient() };
    shared ??= { queries: createQueryClient(), client: createClient() };
    return shared;
  });
  return (
    <QueryClientProvider client={queries}>
      <TRPCProvider trpcClient={client} queryClient={queries}>
        {children}
      </TRPCProvider>
    </QueryClientProvider>
  );
}
