"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Cog, Undo2 } from "lucide-react";
import {
  lookOf,
  type SoftwarePiece,
  type SoftwareTask,
  sayProgress,
  sayTask,
} from "@/features/software/software-words";
import { useTRPC } from "@/lib/trpc";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Card, CardContent } from "@/ui/card";
import { Problem } from "@/ui/problem";
import { Progress } from "@/ui/progress";
import { RelativeTime } from "@/ui/relative-time";
import { toast } from "@/ui/toast";

/** The change that is under way: where it stands, how far the package is, and what can be done about it. */
export function SoftwareTaskCard({
  task,
  pieces,
  refusal,
}: {
  readonly task: SoftwareTask;
  readonly pieces: readonly SoftwarePiece[];
  readonly refusal: string | undefined;
}) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const install = useMutation(trpc.software.installNow.mutationOptions());
  const cancel = useMutation(trpc.software.cancel.mutationOptions());
  const look = lookOf(task);
  const Icon = look.icon;
  const { package: image, tries, triesMax, failure } = task;
  const progress = sayProgress(task);
  const ask = async (mutation: typeof install | typeof cancel) => {
    try {
      await mutation.mutateAsync({ taskId: task.id });
    } catch (error) {
      toast.error(error instanceof Error ? error.message : String(error));
    }
    await queries.invalidateQueries(trpc.software.list.pathFilter());
  };
  return (
    <Card aria-label="Software change under way">
      <CardContent className="flex flex-col gap-3 pt-4">
        <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2">
          <div className="min-w-48 flex-1">
            <p role="status" className="flex flex-wrap items-center gap-2 font-medium">
              {sayTask(task, pieces)}
              <Badge tone={look.tone} title={look.meaning}>
                <Icon aria-hidden="true" />
                {look.word}
              </Badge>
            </p>
            <p className="mt-1 text-xs text-muted-foreground">
              {look.meaning} Asked by {task.askedBy} <RelativeTime at={task.askedAt} />
              {tries > 1 ? `, try ${tries} of ${triesMax}` : ""}.
            </p>
          </div>
          <div className="flex flex-wrap gap-2">
            {task.phase === "delivered" ? (
              <Button
                variant="primary"
                size="small"
                disabledReason={refusal ?? (task.isTold ? "The light was told already." : undefined)}
                busy={install.isPending}
                onClick={() => void ask(install)}
              >
                <Cog aria-hidden="true" /> Install now
              </Button>
            ) : null}
            <Button
              size="small"
              disabledReason={
                refusal ?? (task.mayCancel ? undefined : "The light is carrying this out; it cannot be called back.")
              }
              busy={cancel.isPending}
              onClick={() => void ask(cancel)}
            >
              <Undo2 aria-hidden="true" /> Call back
            </Button>
          </div>
        </div>
        {image && progress ? (
          <div className="flex flex-col gap-1.5">
            <Progress
              label="Package"
              total={image.bytes}
              parts={[{ tone: "busy", value: Math.min(task.bytesDone, image.bytes), label: "bytes there" }]}
            />
            <p className="text-xs text-muted-foreground tabular-nums">{progress}</p>
          </div>
        ) : null}
        {failure ? <Problem tone="warning">{failure}</Problem> : null}
      </CardContent>
    </Card>
  );
}
