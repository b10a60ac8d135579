"use client";
import { Trash2 } from "lucide-react";
import { type DraftServer, isProtected } from "@/features/bootstrap/draft";
import { Button } from "@/ui/button";
import { Card, CardContent, CardHeader } from "@/ui/card";
import { FormField } from "@/ui/form-field";
import { Input } from "@/ui/input";
import { NumberInput } from "@/ui/number-input";
import { Tick } from "@/ui/tick";

/** One server that a light is to register with: objects 0 and 1 in one. */
export function ServerCard({
  title,
  server,
  problem,
  onChange,
  onRemove,
}: {
  readonly title: string;
  readonly server: DraftServer;
  readonly problem: (field: string) => string | undefined;
  readonly onChange: (changed: Partial<DraftServer>) => void;
  readonly onRemove?: () => void;
}) {
  return (
    <Card aria-label={title}>
      <CardHeader
        title={title}
        description={
          isProtected(server.uri)
            ? "Where lights register, and how they behave towards it. Each light is brought a key of its own (DTLS)."
            : "Where lights register, and how they behave towards it. Without protection: write coaps:// for DTLS."
        }
        action={
          onRemove ? (
            <Button size="small" onClick={onRemove} aria-label={`Remove ${title}`}>
              <Trash2 aria-hidden="true" /> Remove
            </Button>
          ) : undefined
        }
      />
      <CardContent className="grid gap-4 sm:grid-cols-2 xl:grid-cols-3">
        <FormField
          label="Address"
          hint="As coaps://192.0.2.1:5684, or coap://192.0.2.1:5683 without protection."
          error={problem("uri")}
        >
          <Input value={server.uri} onChange={(event) => onChange({ uri: event.target.value })} />
        </FormField>
        <FormField label="Short server id" hint="Its number on the light, 1 to 65534." error={problem("shortServerId")}>
          <NumberInput value={server.shortServerId} onChange={(shortServerId) => onChange({ shortServerId })} />
        </FormField>
        <FormField
          label="Registration lifetime"
          hint="A light is lost to the server after so long without a word."
          error={problem("lifetimeSeconds")}
        >
          <NumberInput
            value={server.lifetimeSeconds}
            unit="seconds"
            onChange={(lifetimeSeconds) => onChange({ lifetimeSeconds })}
          />
        </FormField>
        <FormField label="At least between two reports" optional error={problem("periodMinSeconds")}>
          <NumberInput
            value={server.periodMinSeconds}
            unit="seconds"
            onChange={(periodMinSeconds) => onChange({ periodMinSeconds })}
          />
        </FormField>
        <FormField label="At most between two reports" optional error={problem("periodMaxSeconds")}>
          <NumberInput
            value={server.periodMaxSeconds}
            unit="seconds"
            onChange={(periodMaxSeconds) => onChange({ periodMaxSeconds })}
          />
        </FormField>
        <FormField
          label="Away after being disabled"
          optional
          hint="How long a light stays away once it was told to (object 1, Disable)."
          error={problem("disableTimeoutSeconds")}
        >
          <NumberInput
            value={server.disableTimeoutSeconds}
            unit="seconds"
            onChange={(disableTimeoutSeconds) => onChange({ disableTimeoutSeconds })}
          />
        </FormField>
        <Tick
          label="Keep reports while the server cannot be reached"
          checked={server.storesNotifications}
          onChange={(storesNotifications) => onChange({ storesNotifications })}
        />
        <Tick
          label="Sleeps between reports (queue mode, LwM2M 1.0)"
          checked={server.queueMode}
          onChange={(queueMode) => onChange({ queueMode })}
        />
      </CardContent>
    </Card>
  );
}
