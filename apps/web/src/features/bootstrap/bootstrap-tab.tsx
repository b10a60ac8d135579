"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { RotateCcwKey } from "lucide-react";
import { useState } from "react";
import { BootstrapHistory } from "@/features/bootstrap/history-list";
import { useRefusal } from "@/lib/session";
import { useTRPC } from "@/lib/trpc";
import { Button } from "@/ui/button";
import { Card, CardContent, CardHeader } from "@/ui/card";
import { Confirm } from "@/ui/confirm";
import { Problem } from "@/ui/problem";

/** How a light got its accounts, and the button that sends it for new ones. */
export function BootstrapTab({ deviceId }: { readonly deviceId: string }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const refusal = useRefusal("device.operate.execute");
  const trigger = useMutation(trpc.bootstrap.trigger.mutationOptions());
  const [said, setSaid] = useState<{ tone: "note" | "problem"; text: string }>();
  return (
    <div className="flex flex-col gap-4">
      <Card>
        <CardHeader
          title="Get new accounts"
          description="Tells the light to ask its bootstrap server (Execute of /1/x/9)."
          action={
            <Confirm
              title="Send this light to its bootstrap server?"
              description={
                <p>
                  It leaves this server, asks for its accounts and registers where they say. Without a configuration for
                  it, it is refused and comes back with what it has.
                </p>
              }
              action="Bootstrap now"
              onConfirm={async () => {
                const outcome = await trigger.mutateAsync({ deviceId });
                setSaid(
                  outcome.kind === "failed"
                    ? { tone: "problem", text: outcome.message }
                    : { tone: "note", text: "The light was told. How it went appears below." },
                );
                await queries.invalidateQueries(trpc.bootstrap.history.pathFilter());
              }}
            >
              <Button disabledReason={refusal}>
                <RotateCcwKey aria-hidden="true" />
                Bootstrap
              </Button>
            </Confirm>
          }
        />
        {said ? (
          <CardContent>
            <Problem tone={said.tone}>{said.text}</Problem>
          </CardContent>
        ) : null}
      </Card>
      <BootstrapHistory deviceId={deviceId} />
    </div>
  );
}
