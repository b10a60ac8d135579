"use client";
import { useQuery } from "@tanstack/react-query";
import { ChevronDown, Eye, Moon, MoreHorizontal, Network } from "lucide-react";
import { useMemo, useState } from "react";
import { OperationOutcome, useOperations } from "@/features/light/operations";
import { PathBox } from "@/features/light/path-box";
import {
  type ObjectNode,
  OperationDialog,
  type ResourceDialog,
  type ResourceNode,
} from "@/features/light/resource-dialogs";
import { showWire, unitWord } from "@/features/light/wire-text";
import { cn } from "@/lib/cn";
import { nothing } from "@/lib/format";
import { useRefusal } from "@/lib/session";
import { useTRPC } from "@/lib/trpc";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";
import { Confirm } from "@/ui/confirm";
import { DropdownMenu, DropdownMenuContent, DropdownMenuItem, DropdownMenuTrigger } from "@/ui/dropdown-menu";
import { EmptyState } from "@/ui/empty-state";
import { ErrorState } from "@/ui/error-state";
import { RelativeTime } from "@/ui/relative-time";
import { SearchInput } from "@/ui/search-input";
import { SkeletonRows } from "@/ui/skeleton";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/ui/table";

/** Everything the light announced, down to each resource, and what can be done there. */
export function ObjectTree({ deviceId }: { readonly deviceId: string }) {
  const trpc = useTRPC();
  const tree = useQuery(trpc.device.objects.queryOptions({ id: deviceId }));
  const [text, setText] = useState("");
  const [dialog, setDialog] = useState<ResourceDialog>();
  const shown = useMemo(() => narrow(tree.data ?? [], text), [tree.data, text]);
  return (
    <div className="flex flex-col gap-4">
      <PathBox />
      <SleepingHint />
      {tree.isPending ? (
        <Card>
          <SkeletonRows label="Loading objects" />
        </Card>
      ) : tree.isError ? (
        <ErrorState title="The objects could not be loaded" error={tree.error} onRetry={() => void tree.refetch()} />
      ) : tree.data.length === 0 ? (
        <Card>
          <EmptyState icon={Network} title="No objects are known">
            A light announces its objects when it registers.
          </EmptyState>
        </Card>
      ) : (
        <>
          <SearchInput
            label="Find a resource"
            placeholder="Name or path, e.g. /3/0"
            value={text}
            onChange={setText}
            className="max-w-80"
          />
          {shown.length === 0 ? <p className="text-sm text-muted-foreground">No object or resource matches.</p> : null}
          {shown.map((object) => (
            <ObjectSection key={object.object} object={object} onDialog={setDialog} />
          ))}
        </>
      )}
      <OperationDialog dialog={dialog} onClose={() => setDialog(undefined)} />
    </div>
  );
}

function SleepingHint() {
  const { isSleeping } = useOperations();
  if (!isSleeping) return null;
  return (
    <p role="note" className="flex items-center gap-1.5 text-sm text-muted-foreground">
      <Moon className="size-4 shrink-0" aria-hidden="true" />
      This light sleeps. What you ask of it here is sent when it wakes.
    </p>
  );
}

/** The tree with only what a search finds: an object by its name or number keeps everything below it. */
function narrow(tree: readonly ObjectNode[], text: string): readonly ObjectNode[] {
  const words = text.trim().toLowerCase();
  if (words === "") return tree;
  return tree.flatMap((object) => {
    if (object.name.toLowerCase().includes(words) || `/${object.object}` === words) return [object];
    const instances = object.instances
      .map((instance) => ({
        ...instance,
        resources: instance.resources.filter(
          (resource) => resource.name.toLowerCase().includes(words) || resource.path.startsWith(words),
        ),
      }))
      .filter(({ resources }) => resources.length > 0);
    return instances.length > 0 ? [{ ...object, instances }] : [];
  });
}

/** Security, server and access control: seldom what one came for, so folded at first. */
const connectionObjects = new Set([0, 1, 2]);

function ObjectSection({
  object,
  onDialog,
}: {
  readonly object: ObjectNode;
  readonly onDialog: (dialog: ResourceDialog) => void;
}) {
  const [open, setOpen] = useState(!connectionObjects.has(object.object));
  const { run, stateOf } = useOperations();
  const readRefusal = useRefusal("device.operate.read");
  const writeRefusal = useRefusal("device.operate.write");
  const path = `/${object.object}`;
  const bodyId = `object-${object.object}`;
  return (
    <Card aria-label={`${object.name} (${object.object})`}>
      <div className="flex flex-wrap items-center gap-2 px-2 py-1.5">
        <button
          type="button"
          aria-expanded={open}
          aria-controls={bodyId}
          onClick={() => setOpen(!open)}
          className="flex min-w-0 items-center gap-2 rounded-md px-2 py-1.5 text-left hover:bg-surface-muted"
        >
          <ChevronDown
            className={cn("size-4 shrink-0 transition-transform", !open && "-rotate-90")}
            aria-hidden="true"
          />
          <span className="truncate font-medium">{object.name}</span>
          <span className="font-mono text-xs text-muted-foreground">{path}</span>
          <span className="text-xs text-muted-foreground">v{object.version}</span>
        </button>
        {object.known ? null : <Badge tone="outline">no definition</Badge>}
        <div className="ml-auto flex items-center gap-1">
          <Button
            size="small"
            disabledReason={readRefusal}
            aria-label={`Discover ${path}`}
            onClick={() => void run({ verb: "discover", path })}
          >
            Discover
          </Button>
          {object.multiple ? (
            <Button
              size="small"
              disabledReason={writeRefusal}
              aria-label={`Create an instance of ${object.name}`}
              onClick={() => onDialog({ kind: "create", object })}
            >
              Create
            </Button>
          ) : null}
        </div>
        <div className="w-full px-2 empty:hidden">
          <OperationOutcome state={stateOf(path)} />
        </div>
      </div>
      <div id={bodyId} hidden={!open} className="border-t">
        {object.instances.length === 0 ? (
          <p className="px-4 py-3 text-sm text-muted-foreground">It has no instance.</p>
        ) : null}
        {object.instances.map(({ instance, resources }) => (
          <InstanceTable key={instance} object={object} instance={instance} resources={resources} onDialog={onDialog} />
        ))}
      </div>
    </Card>
  );
}

function InstanceTable({
  object,
  instance,
  resources,
  onDialog,
}: {
  readonly object: ObjectNode;
  readonly instance: number;
  readonly resources: readonly ResourceNode[];
  readonly onDialog: (dialog: ResourceDialog) => void;
}) {
  const { run, stateOf } = useOperations();
  const readRefusal = useRefusal("device.operate.read");
  const writeRefusal = useRefusal("device.operate.write");
  const path = `/${object.object}/${instance}`;
  return (
    <div className="not-first:border-t">
      <div className="flex flex-wrap items-center gap-1 px-4 pt-2">
        <h3 className="mr-auto text-xs font-medium text-muted-foreground">
          Instance {instance} <span className="font-mono">{path}</span>
        </h3>
        <Button
          size="small"
          variant="ghost"
          disabledReason={readRefusal}
          aria-label={`Read all of ${path}`}
          onClick={() => void run({ verb: "read", path })}
        >
          Read all
        </Button>
        <Button
          size="small"
          variant="ghost"
          disabledReason={readRefusal}
          aria-label={`Observe ${path}`}
          onClick={() => void run({ verb: "observe", path })}
        >
          Observe
        </Button>
        <Button
          size="small"
          variant="ghost"
          disabledReason={readRefusal}
          aria-label={`Discover ${path}`}
          onClick={() => void run({ verb: "discover", path })}
        >
          Discover
        </Button>
        {object.multiple ? (
          <Confirm
            title={`Delete ${path}?`}
            description={
              <p>
                The light forgets instance {instance} of {object.name} with all its resources.
              </p>
            }
            action="Delete instance"
            danger
            onConfirm={async () => {
              const outcome = await run({ verb: "delete", path });
              if (outcome.kind === "failed") throw new Error(`${outcome.code} ${outcome.message}`);
            }}
          >
            <Button size="small" variant="ghost" disabledReason={writeRefusal} aria-label={`Delete ${path}`}>
              Delete
            </Button>
          </Confirm>
        ) : null}
      </div>
      <div className="px-4 empty:hidden">
        <OperationOutcome state={stateOf(path)} />
      </div>
      <Table aria-label={`${object.name}, instance ${instance}`} className="min-w-[38rem] table-fixed md:min-w-[58rem]">
        <colgroup>
          <col className="w-24 max-md:hidden" />
          <col className="w-40 md:w-52" />
          <col />
          <col className="w-28 max-md:hidden" />
          <col className="w-60" />
        </colgroup>
        <TableHeader>
          <tr>
            <TableHead className="pl-4 max-md:hidden">Path</TableHead>
            <TableHead>Resource</TableHead>
            <TableHead>Value</TableHead>
            <TableHead className="max-md:hidden">Updated</TableHead>
            <TableHead>
              <span className="sr-only">Operations</span>
            </TableHead>
          </tr>
        </TableHeader>
        <TableBody>
          {resources.map((resource) => (
            <ResourceRow key={resource.path} resource={resource} onDialog={onDialog} />
          ))}
        </TableBody>
      </Table>
    </div>
  );
}

function ResourceRow({
  resource,
  onDialog,
}: {
  readonly resource: ResourceNode;
  readonly onDialog: (dialog: ResourceDialog) => void;
}) {
  const { run, stateOf } = useOperations();
  const readRefusal = useRefusal("device.operate.read");
  const writeRefusal = useRefusal("device.operate.write");
  const executeRefusal = useRefusal("device.operate.execute");
  const { path, name, operations, reading } = resource;
  const about = `${path} ${name}`;
  const details = [resource.type, resource.multiple ? "multiple" : "", resource.range].filter(Boolean).join(", ");
  return (
    <TableRow>
      <TableCell className="pl-4 align-top font-mono text-xs text-muted-foreground max-md:hidden">
        <span className="leading-7">{path}</span>
      </TableCell>
      <TableCell className="align-top">
        <span className="block truncate leading-7" title={name}>
          {name}
        </span>
        <span className="-mt-1 block truncate text-xs text-muted-foreground" title={details}>
          <span className="font-mono md:hidden">{path} </span>
          {details}
        </span>
      </TableCell>
      <TableCell className="align-top">
        <div className="min-h-7 leading-7 break-words tabular-nums">
          {operations === "E" ? null : reading === null ? (
            <span className="text-muted-foreground">{nothing}</span>
          ) : (
            <>
              {showWire(reading.value)} <span className="text-muted-foreground">{unitWord(resource.units)}</span>
            </>
          )}
          {resource.observed ? (
            <Badge tone="busy" className="ml-2 align-middle">
              <Eye aria-hidden="true" />
              observed
            </Badge>
          ) : null}
        </div>
        <OperationOutcome state={stateOf(path)} />
      </TableCell>
      <TableCell className="align-top text-xs leading-7 text-muted-foreground max-md:hidden">
        <RelativeTime at={reading?.at ?? null} />
      </TableCell>
      <TableCell className="align-top">
        <div className="flex items-center justify-end gap-1">
          {operations.includes("R") ? (
            <Button
              size="small"
              disabledReason={readRefusal}
              aria-label={`Read ${about}`}
              onClick={() => void run({ verb: "read", path })}
            >
              Read
            </Button>
          ) : null}
          {operations.includes("W") ? (
            <Button
              size="small"
              disabledReason={writeRefusal}
              aria-label={`Write ${about}`}
              onClick={() => onDialog({ kind: "write", resource })}
            >
              Write
            </Button>
          ) : null}
          {operations === "E" ? (
            <Button
              size="small"
              disabledReason={executeRefusal}
              aria-label={`Execute ${about}`}
              onClick={() => onDialog({ kind: "execute", resource })}
            >
              Execute
            </Button>
          ) : null}
          {operations.includes("R") ? (
            <>
              <Button
                size="small"
                disabledReason={readRefusal}
                aria-label={`${resource.observed ? "Cancel observation of" : "Observe"} ${about}`}
                onClick={() => void run({ verb: resource.observed ? "cancelObservation" : "observe", path })}
              >
                {resource.observed ? "Cancel" : "Observe"}
              </Button>
              <DropdownMenu>
                <DropdownMenuTrigger asChild>
                  <Button size="icon-small" variant="ghost" aria-label={`More operations on ${about}`}>
                    <MoreHorizontal aria-hidden="true" />
                  </Button>
                </DropdownMenuTrigger>
                <DropdownMenuContent>
                  <DropdownMenuItem
                    disabled={readRefusal !== undefined}
                    onSelect={() => void run({ verb: "discover", path })}
                  >
                    Discover
                  </DropdownMenuItem>
                  <DropdownMenuItem
                    disabled={writeRefusal !== undefined}
                    onSelect={() => onDialog({ kind: "attributes", resource })}
                  >
                    Write attributes…
                  </DropdownMenuItem>
                </DropdownMenuContent>
              </DropdownMenu>
            </>
          ) : null}
        </div>
      </TableCell>
    </TableRow>
  );
}
