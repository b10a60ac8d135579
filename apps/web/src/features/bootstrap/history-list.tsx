"use client";
import { useInfiniteQuery } from "@tanstack/react-query";
import { ChevronRight, History } from "lucide-react";
import Link from "next/link";
import { operationWords, outcomeWords, triggerWords } from "@/features/bootstrap/words";
import { countOf, nothing } from "@/lib/format";
import { paths } from "@/lib/paths";
import { type RouterOutputs, useTRPC } from "@/lib/trpc";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Card, CardContent, CardHeader } from "@/ui/card";
import { EmptyState } from "@/ui/empty-state";
import { ErrorState } from "@/ui/error-state";
import { RelativeTime } from "@/ui/relative-time";
import { SkeletonRows } from "@/ui/skeleton";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/ui/table";

type BootstrapRow = RouterOutputs["bootstrap"]["history"]["items"][number];

const pageRecords = 25;

/** How bootstraps went, newest first: of one light, or of all that match a search. */
export function BootstrapHistory({ deviceId, search }: { readonly deviceId?: string; readonly search?: string }) {
  const trpc = useTRPC();
  const history = useInfiniteQuery(
    trpc.bootstrap.history.infiniteQueryOptions(
      { limit: pageRecords, ...(deviceId && { deviceId }), ...(search && { search }) },
      { getNextPageParam: (page) => page.nextCursor },
    ),
  );
  const records = history.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Card>
      <CardHeader
        title="Bootstrap history"
        description={history.data ? countOf(history.data.pages[0]?.total ?? 0, "bootstrap") : undefined}
      />
      <CardContent>
        {history.isPending ? (
          <SkeletonRows label="Loading bootstraps" />
        ) : history.isError && records.length === 0 ? (
          <ErrorState error={history.error} onRetry={() => void history.refetch()} />
        ) : records.length === 0 ? (
          <EmptyState icon={History} title={search ? `No bootstrap of “${search}”` : "No bootstrap yet"}>
            {deviceId
              ? "When this light asks for its accounts, how that went appears here."
              : "When a light asks for its accounts, how that went appears here, step by step."}
          </EmptyState>
        ) : (
          <ul aria-label="Bootstraps" className="flex flex-col divide-y">
            {records.map((record) => (
              <li key={record.seq}>
                <Record record={record} isNamed={deviceId === undefined} />
              </li>
            ))}
          </ul>
        )}
        {history.hasNextPage ? (
          <Button className="mt-3" busy={history.isFetchingNextPage} onClick={() => void history.fetchNextPage()}>
            Show older bootstraps
          </Button>
        ) : null}
      </CardContent>
    </Card>
  );
}

function Record({ record, isNamed }: { readonly record: BootstrapRow; readonly isNamed: boolean }) {
  const { label, tone, meaning } = outcomeWords[record.outcome];
  return (
    <details className="group py-2">
      <summary className="flex cursor-pointer list-none flex-wrap items-center gap-x-3 gap-y-1 text-sm">
        <ChevronRight className="size-4 shrink-0 transition-transform group-open:rotate-90" aria-hidden="true" />
        <Badge tone={tone}>{label}</Badge>
        {isNamed ? <span className="min-w-0 font-medium break-all">{record.endpoint}</span> : null}
        <span className="text-muted-foreground">{meaning}</span>
        <span className="ml-auto text-xs text-muted-foreground">
          <RelativeTime at={record.startedAt} />
        </span>
      </summary>
      <div className="flex flex-col gap-2 pt-2 pl-7">
        <p className="text-xs text-muted-foreground">
          {[
            triggerWords[record.trigger],
            `from ${record.address}`,
            record.configurationName && `with “${record.configurationName}”`,
            `${milliseconds(record.startedAt, record.endedAt)} in all`,
          ]
            .filter(Boolean)
            .join(" · ")}
          {isNamed && record.deviceId ? (
            <>
              {" · "}
              <Link href={paths.light(record.deviceId)} className="underline hover:text-foreground">
                the light
              </Link>
            </>
          ) : null}
        </p>
        {record.steps.length === 0 ? null : <Steps record={record} />}
      </div>
    </details>
  );
}

function Steps({ record }: { readonly record: BootstrapRow }) {
  return (
    <Table aria-label={`Steps of the bootstrap of ${record.endpoint}`}>
      <TableHeader>
        <tr>
          <TableHead>Step</TableHead>
          <TableHead>Answer</TableHead>
          <TableHead className="text-right">Time</TableHead>
        </tr>
      </TableHeader>
      <TableBody>
        {record.steps.map((step) => (
          <TableRow key={`${step.operation} ${step.path} ${step.startedAt}`}>
            <TableCell>
              {operationWords[step.operation]} <code className="font-mono text-xs">{step.path}</code>
              {step.note ? <span className="block text-xs text-muted-foreground">{step.note}</span> : null}
            </TableCell>
            <TableCell className="font-mono text-xs">{step.code ?? nothing}</TableCell>
            <TableCell className="text-right whitespace-nowrap tabular-nums">
              {step.endedAt - step.startedAt} ms
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

function milliseconds(from: string, to: string): string {
  const span = Date.parse(to) - Date.parse(from);
  return span < 10_000 ? `${span} ms` : `${Math.round(span / 1_000)} s`;
}
