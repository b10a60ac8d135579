"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import {
  type CredentialView,
  credentialStateWords,
  identityText,
  modeWords,
  originOf,
} from "@/features/security/words";
import { nothing } from "@/lib/format";
import { useRefusal } from "@/lib/session";
import { useTRPC } from "@/lib/trpc";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Confirm } from "@/ui/confirm";
import { RelativeTime } from "@/ui/relative-time";

/** Credentials, those in use first. A retired one stays as a line of history. */
export function CredentialList({ credentials }: { readonly credentials: readonly CredentialView[] }) {
  return (
    <ul aria-label="Credentials" className="flex flex-col divide-y">
      {credentials.map((credential) => (
        <li key={credential.id} className="flex flex-wrap items-start gap-x-4 gap-y-1 py-2.5 text-sm">
          <Credential credential={credential} />
        </li>
      ))}
    </ul>
  );
}

function Credential({ credential }: { readonly credential: CredentialView }) {
  const { mode, state, purpose, identity, createdAt, shownAt, lastHandshakeAt } = credential;
  const words = credentialStateWords[state];
  const suite = [credential.lastSuite, credential.lastHasConnectionId ? "with a Connection ID" : null];
  return (
    <>
      <div className="flex min-w-0 flex-1 basis-72 flex-col gap-1">
        <span className="flex flex-wrap items-center gap-2">
          <span className="font-medium">{modeWords[mode].label}</span>
          <span className="text-muted-foreground">for the {purpose === "server" ? "server" : "bootstrap server"}</span>
          <Badge tone={words.tone} title={words.meaning}>
            {words.label}
          </Badge>
        </span>
        {identity ? <span className="font-mono text-xs break-all">{identityText(identity)}</span> : null}
        <span className="text-xs text-muted-foreground">
          {originOf(credential)} <RelativeTime at={createdAt} />
          {shownAt ? ", its key was shown then" : ""}
        </span>
      </div>
      <div className="flex basis-56 flex-col text-xs text-muted-foreground">
        <span>Last handshake: {lastHandshakeAt === null ? nothing : <RelativeTime at={lastHandshakeAt} />}</span>
        <span>{suite.filter(Boolean).join(", ")}</span>
      </div>
      {state === "retired" ? <span className="hidden w-28 sm:block" /> : <Revoke credential={credential} />}
    </>
  );
}

function Revoke({ credential }: { readonly credential: CredentialView }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const refusal = useRefusal("security.write");
  const revoke = useMutation(trpc.security.revoke.mutationOptions());
  const isKey = credential.mode !== "no-sec";
  return (
    <Confirm
      title={isKey ? "Take this credential away?" : "Forbid it to speak in the clear?"}
      description={
        <p>
          {isKey
            ? "Whoever is connected with it is cut off, and its key is gone for good. The light needs another one to come back."
            : "Unless every light may, its registration in the clear ends."}
        </p>
      }
      action="Take it away"
      danger
      onConfirm={async () => {
        await revoke.mutateAsync({ credentialId: credential.id });
        await queries.invalidateQueries(trpc.security.pathFilter());
      }}
    >
      <Button size="small" disabledReason={refusal}>
        <Trash2 aria-hidden="true" />
        Take away
      </Button>
    </Confirm>
  );
}
