"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { KeySquare, RotateCcwKey, Unplug } from "lucide-react";
import { useState } from "react";
import { CredentialDialog } from "@/features/security/credential-dialog";
import { CredentialList } from "@/features/security/credential-list";
import { RotateDialog } from "@/features/security/rotate-dialog";
import { SecurityEvents } from "@/features/security/security-events";
import { identityText, registeredWords, type SecurityLight } from "@/features/security/words";
import { useRefusal } from "@/lib/session";
import { refusalOf, useTRPC } from "@/lib/trpc";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Card, CardContent, CardHeader } from "@/ui/card";
import { Confirm } from "@/ui/confirm";
import { EmptyState } from "@/ui/empty-state";
import { ErrorState } from "@/ui/error-state";
import { Facts } from "@/ui/facts";
import { RelativeTime } from "@/ui/relative-time";
import { SkeletonRows } from "@/ui/skeleton";
import { toast } from "@/ui/toast";

/** How one light proves itself, how it is connected now, and what happened to its keys. */
export function SecurityOfLight({
  light,
}: {
  readonly light: { readonly deviceId: string } | { readonly endpoint: string };
}) {
  const trpc = useTRPC();
  const security = useQuery(trpc.security.light.queryOptions(light));
  const refusal = useRefusal("security.write");
  const [isGiving, setGiving] = useState(false);
  const [isRotating, setRotating] = useState(false);
  if (security.isPending) return <SkeletonRows rows={6} label="Loading security" />;
  if (security.isError) {
    const isUnknown = refusalOf(security.error)?.code === "NOT_FOUND";
    return (
      <ErrorState
        title={isUnknown ? "There is no such light" : "The light's security could not be loaded"}
        error={security.error}
        onRetry={() => void security.refetch()}
      />
    );
  }
  const { data } = security;
  const active = data.credentials.find(({ purpose, state }) => purpose === "server" && state === "active");
  const hasKey = active !== undefined && active.mode === "psk";
  return (
    <div className="flex flex-col gap-4">
      <ConnectionCard security={data} />
      <Card aria-label="Credentials">
        <CardHeader
          title="What it proves itself with"
          description="Keys are kept sealed. One that was made here is shown once, when it is made."
          action={
            <div className="flex flex-wrap gap-2">
              <Button
                disabledReason={refusal ?? (hasKey ? undefined : "It has no key to be replaced.")}
                onClick={() => setRotating(true)}
              >
                <RotateCcwKey aria-hidden="true" />
                Replace its key
              </Button>
              <Button variant="primary" disabledReason={refusal} onClick={() => setGiving(true)}>
                <KeySquare aria-hidden="true" />
                Give it a key
              </Button>
            </div>
          }
        />
        <CardContent>
          {data.credentials.length === 0 ? (
            <EmptyState icon={KeySquare} title="Nothing yet" className="py-6">
              {data.clear.allowed ? "It may speak in the clear. Give it a key, and it no longer may." : data.clear.why}
            </EmptyState>
          ) : (
            <CredentialList credentials={data.credentials} />
          )}
        </CardContent>
      </Card>
      <SecurityEvents endpoint={data.endpoint} />
      <CredentialDialog open={isGiving} onOpenChange={setGiving} endpoint={data.endpoint} />
      <RotateDialog open={isRotating} onOpenChange={setRotating} security={data} />
    </div>
  );
}

function ConnectionCard({ security }: { readonly security: SecurityLight }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const refusal = useRefusal("security.write");
  const disconnect = useMutation(trpc.security.disconnect.mutationOptions());
  const { session, endpoint, clear } = security;
  const { label, tone, meaning } = registeredWords[security.registered ?? "no"];
  return (
    <Card aria-label="Connection">
      <CardHeader
        title="Connection"
        description={meaning}
        action={
          session ? (
            <Confirm
              title="End this connection?"
              description={
                <p>Its key stays good: the light makes a new connection when it next has something to say.</p>
              }
              action="End the connection"
              danger
              onConfirm={async () => {
                const { wasConnected } = await disconnect.mutateAsync({ endpoint });
                await queries.invalidateQueries(trpc.security.pathFilter());
                toast.success(wasConnected ? "The connection was ended." : "It had ended already.");
              }}
            >
              <Button disabledReason={refusal}>
                <Unplug aria-hidden="true" />
                End connection
              </Button>
            </Confirm>
          ) : undefined
        }
      />
      <CardContent>
        <Facts
          className="lg:grid-cols-3"
          facts={[
            { term: "Registered", value: <Badge tone={tone}>{label}</Badge> },
            {
              term: "May speak in the clear",
              value: clear.allowed ? "Yes" : `No. ${clear.why}`,
            },
            ...(session
              ? [
                  { term: "Suite", value: <code className="font-mono text-xs break-all">{session.suite}</code> },
                  { term: "Identity", value: identityText(session.identity) },
                  {
                    term: "Connection ID",
                    value: session.hasConnectionId
                      ? "Yes: it stays connected when its address changes"
                      : "No: a new address means a new handshake",
                  },
                  {
                    term: "Connected",
                    value: (
                      <>
                        <RelativeTime at={session.connectedAt} />
                        {session.isResumed ? ", resumed" : ""}
                      </>
                    ),
                  },
                  { term: "Last heard at", value: <code className="font-mono text-xs">{session.address}</code> },
                ]
              : [{ term: "Protected connection", value: "None now" }]),
          ]}
        />
      </CardContent>
    </Card>
  );
}
