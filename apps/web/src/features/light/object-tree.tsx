"use client";
import { useQuery } from "@tanstack/react-query";
import { ChevronDown, Moon, Network } from "lucide-react";
import { useMemo, useState } from "react";
import { InstanceTable } from "@/features/light/instance-table";
import { KeptForSelect } from "@/features/light/kept-for-select";
import { OperationOutcome, useOperations } from "@/features/light/operations";
import { PathBox } from "@/features/light/path-box";
import { type ObjectNode, OperationDialog, type ResourceDialog } from "@/features/light/resource-dialogs";
import { cn } from "@/lib/cn";
import { useRefusal } from "@/lib/session";
import { useTRPC } from "@/lib/trpc";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";
import { EmptyState } from "@/ui/empty-state";
import { ErrorState } from "@/ui/error-state";
import { SearchInput } from "@/ui/search-input";
import { SkeletonRows } from "@/ui/skeleton";

/** Everything the light announced, down to each resource, and what can be done there. */
export function ObjectTree({ deviceId }: { readonly deviceId: string }) {
  const trpc = useTRPC();
  const tree = useQuery(trpc.device.objects.queryOptions({ id: deviceId }));
  const [text, setText] = useState("");
  const [dialog, setDialog] = useState<ResourceDialog>();
  const shown = useMemo(() => narrow(tree.data ?? [], text), [tree.data, text]);
  return (
    <div className="flex flex-col gap-4">
      <PathBox tree={tree.data ?? []} />
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
    <div role="note" className="flex flex-wrap items-center gap-x-2 gap-y-1 text-sm text-muted-foreground">
      <Moon className="size-4 shrink-0" aria-hidden="true" />
      <span>This light sleeps. What you ask of it here is sent when it wakes</span>
      <KeptForSelect />
    </div>
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
          <span className="min-w-0 font-medium break-words">{object.name}</span>
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
