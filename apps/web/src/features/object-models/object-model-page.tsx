"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { countOf, formatMinute, nothing } from "@/lib/format";
import { paths } from "@/lib/paths";
import { useRefusal } from "@/lib/session";
import { type RouterOutputs, useTRPC } from "@/lib/trpc";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Card, CardContent, CardHeader } from "@/ui/card";
import { Confirm } from "@/ui/confirm";
import { ErrorState } from "@/ui/error-state";
import { Facts } from "@/ui/facts";
import { PageFrame } from "@/ui/page-frame";
import { PageHeader } from "@/ui/page-header";
import { SearchInput } from "@/ui/search-input";
import { SkeletonRows } from "@/ui/skeleton";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/ui/table";

type Model = RouterOutputs["objectModel"]["get"];
type Resource = Model["definition"][number];

const crumbs = [{ label: "Object models", href: paths.objectModels() }];

/** One version of one object: what it is, and what each of its resources means. */
export function ObjectModelPage({ id, version }: { readonly id: number; readonly version: string }) {
  const trpc = useTRPC();
  const found = useQuery(trpc.objectModel.get.queryOptions({ id, version }));
  if (found.data) return <LoadedModel model={found.data} />;
  return (
    <PageFrame>
      <PageHeader title="Object model" crumbs={crumbs} />
      {found.isError ? (
        <ErrorState error={found.error} onRetry={() => void found.refetch()} />
      ) : (
        <SkeletonRows label="Loading the object model" />
      )}
    </PageFrame>
  );
}

function LoadedModel({ model }: { readonly model: Model }) {
  return (
    <PageFrame>
      <PageHeader
        title={`${model.id} ${model.name}`}
        crumbs={crumbs}
        badge={
          model.source === "uploaded" ? <Badge tone="busy">uploaded</Badge> : <Badge tone="outline">built in</Badge>
        }
        description={`Version ${model.version}`}
        actions={<RemoveModel model={model} />}
      />
      <Card>
        <CardHeader title="The object" />
        <CardContent className="flex flex-col gap-4">
          {model.description ? <p className="max-w-prose text-sm whitespace-pre-line">{model.description}</p> : null}
          <Facts facts={factsOf(model)} />
        </CardContent>
      </Card>
      <Resources resources={model.definition} />
    </PageFrame>
  );
}

function RemoveModel({ model: { id, version, name, source, lights } }: { readonly model: Model }) {
  const trpc = useTRPC();
  const router = useRouter();
  const queries = useQueryClient();
  const refusal = useRefusal("model.write");
  const remove = useMutation(trpc.objectModel.remove.mutationOptions());
  const why =
    refusal ??
    (source === "built-in"
      ? "It comes with the program and cannot be removed."
      : lights > 0
        ? `${countOf(lights, "registered light")} ${lights === 1 ? "uses" : "use"} it.`
        : undefined);
  return (
    <Confirm
      title={`Remove ${name} ${version}?`}
      description={<p>Lights that register with it later are shown without names, types and ranges.</p>}
      action="Remove definition"
      danger
      onConfirm={async () => {
        await remove.mutateAsync({ id, version });
        router.push(paths.objectModels());
        await queries.invalidateQueries(trpc.objectModel.list.pathFilter());
      }}
    >
      <Button variant="danger-outline" disabledReason={why}>
        <Trash2 aria-hidden="true" /> Remove
      </Button>
    </Confirm>
  );
}

function Resources({ resources }: { readonly resources: readonly Resource[] }) {
  const [search, setSearch] = useState("");
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = resources.filter(({ id, name, description }) =>
    words.every((word) => `${id} ${name} ${description}`.toLowerCase().includes(word)),
  );
  return (
    <Card className="min-w-0">
      <CardHeader title={`Resources (${resources.length})`} />
      <CardContent className="flex flex-col gap-3">
        <SearchInput label="Search resources" value={search} onChange={setSearch} className="max-w-sm" />
        {shown.length === 0 ? (
          <p className="text-sm text-muted-foreground">
            {resources.length === 0 ? "It has no resources." : `No resource matches “${search}”.`}
          </p>
        ) : (
          <Table aria-label="Resources">
            <TableHeader>
              <tr>
                <TableHead className="text-right">Id</TableHead>
                <TableHead>Name</TableHead>
                <TableHead>Operations</TableHead>
                <TableHead>Type</TableHead>
                <TableHead>Instances</TableHead>
                <TableHead>Range</TableHead>
                <TableHead>Units</TableHead>
              </tr>
            </TableHeader>
            <TableBody>
              {shown.map((resource) => (
                <ResourceRow key={resource.id} resource={resource} />
              ))}
            </TableBody>
          </Table>
        )}
      </CardContent>
    </Card>
  );
}

const operationWords: Readonly<Record<Resource["operations"], string>> = {
  R: "read",
  W: "write",
  RW: "read, write",
  E: "execute",
  "": "bootstrap only",
};

function ResourceRow({ resource }: { readonly resource: Resource }) {
  const { id, name, description, operations, type, multiple, mandatory, range, units } = resource;
  return (
    <TableRow className="align-top">
      <TableCell className="text-right align-top tabular-nums">{id}</TableCell>
      <TableCell className="min-w-56 align-top">
        <p className="font-medium">{name}</p>
        {description ? (
          <p className="line-clamp-3 max-w-prose text-xs text-muted-foreground" title={description}>
            {description}
          </p>
        ) : null}
      </TableCell>
      <TableCell className="align-top whitespace-nowrap">{operationWords[operations]}</TableCell>
      <TableCell className="align-top">{type ?? nothing}</TableCell>
      <TableCell className="align-top whitespace-nowrap">
        {multiple ? "several" : "one"}, {mandatory ? "mandatory" : "optional"}
      </TableCell>
      <TableCell className="max-w-64 align-top break-words">{range || nothing}</TableCell>
      <TableCell className="align-top">{units || nothing}</TableCell>
    </TableRow>
  );
}

function factsOf(model: Model) {
  return [
    { term: "URN", value: model.urn || nothing },
    {
      term: "Instances",
      value: `${model.multiple ? "several" : "one"}, ${model.mandatory ? "mandatory" : "optional"}`,
    },
    { term: "Registered lights that use it", value: model.lights.toLocaleString("en-GB") },
    ...(model.uploadedAt
      ? [
          { term: "Uploaded", value: `${formatMinute(model.uploadedAt)} by ${model.uploadedBy}` },
          { term: "File", value: model.fileName },
        ]
      : []),
  ];
}
