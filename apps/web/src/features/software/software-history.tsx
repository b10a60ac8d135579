"use client";
import { History } from "lucide-react";
import { lookOf, type SoftwarePiece, type SoftwareTask, sayTask } from "@/features/software/software-words";
import { Badge } from "@/ui/badge";
import { Card, CardContent, CardHeader } from "@/ui/card";
import { EmptyState } from "@/ui/empty-state";
import { RelativeTime } from "@/ui/relative-time";

/** What was done to this light's software, and how it ended. */
export function SoftwareHistory({
  tasks,
  pieces,
}: {
  readonly tasks: readonly SoftwareTask[];
  readonly pieces: readonly SoftwarePiece[];
}) {
  return (
    <Card>
      <CardHeader title="History" description="Changes that have ended, the newest first" />
      <CardContent>
        {tasks.length === 0 ? (
          <EmptyState icon={History} title="No software was changed yet" />
        ) : (
          <ul aria-label="Ended software changes" className="divide-y">
            {tasks.map((task) => {
              const look = lookOf(task);
              const Icon = look.icon;
              return (
                <li key={task.id} className="flex flex-wrap items-baseline gap-x-3 gap-y-1 py-2 text-sm first:pt-0">
                  <Badge tone={look.tone} title={look.meaning}>
                    <Icon aria-hidden="true" />
                    {look.word}
                  </Badge>
                  <span className="min-w-48 flex-1 break-words">
                    {sayTask(task, pieces)}
                    {task.failure ? <span className="block text-xs text-bad">{task.failure}</span> : null}
                  </span>
                  <span className="text-xs text-muted-foreground">
                    by {task.askedBy}, <RelativeTime at={task.endedAt ?? task.updatedAt} />
                  </span>
                </li>
              );
            })}
          </ul>
        )}
      </CardContent>
    </Card>
  );
}
