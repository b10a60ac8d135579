"use client";
import type { Permission } from "@lamplighter/api/permissions";
import type { SessionView } from "@lamplighter/api/views";
import { useQuery } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext } from "react";
import { refusalOf, useTRPC } from "@/lib/trpc";

const SessionContext = createContext<SessionView | undefined>(undefined);

/** Lets only those who are signed in see its children; everybody else is sent to sign in. */
export function SessionGate({
  children,
  waiting,
  failed,
}: {
  readonly children: ReactNode;
  readonly waiting: ReactNode;
  readonly failed: (error: unknown, retry: () => void) => ReactNode;
}) {
  const trpc = useTRPC();
  const session = useQuery(trpc.session.me.queryOptions());
  if (session.data) return <SessionContext value={session.data}>{children}</SessionContext>;
  // Not signed in: the page is about to be left.
  if (session.isError && refusalOf(session.error)?.code !== "UNAUTHORIZED") {
    return failed(session.error, () => void session.refetch());
  }
  return waiting;
}

/** Who is signed in, and the installation they work on. */
export function useSession(): SessionView {
  const session = useContext(SessionContext);
  if (session === undefined) throw new Error("useSession must be used inside SessionGate.");
  return session;
}

/** Why the signed-in person may not do something, in words for a button's `disabledReason`; undefined when they may. */
export function useRefusal(permission: Permission): string | undefined {
  const { permissions, user } = useSession();
  if (permissions.includes(permission)) return undefined;
  return `Your role (${user.role}) may not do this; it needs the permission “${permission}”.`;
}
