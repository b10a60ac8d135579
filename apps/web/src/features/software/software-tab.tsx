"use client";
import { useQuery } from "@tanstack/react-query";
import { Boxes, Plus } from "lucide-react";
import { useState } from "react";
import { InstallDialog } from "@/features/software/install-dialog";
import { SoftwareHistory } from "@/features/software/software-history";
import { SoftwarePieceRow } from "@/features/software/software-piece-row";
import { SoftwareTaskCard } from "@/features/software/software-task-card";
import { useRefusal } from "@/lib/session";
import { type RouterOutputs, useTRPC } from "@/lib/trpc";
import { Button } from "@/ui/button";
import { Card, CardContent, CardHeader } from "@/ui/card";
import { EmptyState } from "@/ui/empty-state";
import { ErrorState } from "@/ui/error-state";
import { SkeletonRows } from "@/ui/skeleton";

/** The pieces of software of one light, such as its driver and its radio: what they are, and how each is changed. */
export function SoftwareTab({ light }: { readonly light: RouterOutputs["device"]["get"] }) {
  const trpc = useTRPC();
  const software = useQuery(trpc.software.list.queryOptions({ deviceId: light.id }));
  const mayInstall = useRefusal("software.install");
  const [chosen, setChosen] = useState<number | "new">();

  if (software.isPending) return <SkeletonRows rows={4} label="Loading software" />;
  if (software.isError) return <ErrorState error={software.error} onRetry={() => void software.refetch()} />;
  const { data } = software;
  if (!data.hasObject && data.tasks.length === 0) {
    return (
      <Card>
        <EmptyState icon={Boxes} title="This light has no software of its own to manage">
          It announces no Software Management object (9). Its firmware is updated by campaigns.
        </EmptyState>
      </Card>
    );
  }
  const task = data.tasks.find(({ endedAt }) => endedAt === null);
  const ended = data.tasks.filter(({ endedAt }) => endedAt !== null);
  const refusal =
    mayInstall ??
    (light.activeJob ? "A campaign is updating this light. Wait for it, or cancel it first." : undefined) ??
    (light.presence === "offline" || light.presence === "pending" || light.presence === "never"
      ? "The light is not registered now, so its software cannot be changed."
      : undefined) ??
    (task ? "Another change of its software is under way. Wait for it, or call it back." : undefined);
  return (
    <div className="flex flex-col gap-4">
      {task ? <SoftwareTaskCard task={task} pieces={data.instances} refusal={mayInstall} /> : null}
      <Card>
        <CardHeader
          title="Software"
          description="What runs on this light beside its firmware, as it last said"
          action={
            <Button disabledReason={refusal} onClick={() => setChosen("new")}>
              <Plus aria-hidden="true" /> Add software
            </Button>
          }
        />
        <CardContent>
          {data.instances.length === 0 ? (
            <p className="text-sm text-muted-foreground">Nothing yet.</p>
          ) : (
            <ul aria-label="Software of this light" className="divide-y">
              {data.instances.map((piece) => (
                <SoftwarePieceRow
                  key={piece.instance}
                  deviceId={light.id}
                  piece={piece}
                  refusal={refusal}
                  onInstall={() => setChosen(piece.instance)}
                />
              ))}
            </ul>
          )}
        </CardContent>
      </Card>
      <SoftwareHistory tasks={ended} pieces={data.instances} />
      <InstallDialog light={light} pieces={data.instances} instance={chosen} onClose={() => setChosen(undefined)} />
    </div>
  );
}
