"use client";
import { OperationOutcome, useOperations } from "@/features/light/operations";
import type { ObjectNode, ResourceDialog, ResourceNode } from "@/features/light/resource-dialogs";
import { ResourceRow } from "@/features/light/resource-row";
import { useRefusal } from "@/lib/session";
import { Button } from "@/ui/button";
import { Confirm } from "@/ui/confirm";
import { Table, TableBody, TableHead, TableHeader } from "@/ui/table";

/** One object instance: its resources, and what can be done with it as a whole. On a phone each resource is a block. */
export function InstanceTable({
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
              if (outcome.kind === "failed") throw new Error(outcome.message);
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
      <Table
        aria-label={`${object.name}, instance ${instance}`}
        className="max-md:block md:min-w-[58rem] md:table-fixed"
      >
        <colgroup className="max-md:hidden">
          <col className="w-24" />
          <col className="w-52" />
          <col />
          <col className="w-28" />
          <col className="w-60" />
        </colgroup>
        <TableHeader className="max-md:sr-only">
          <tr>
            <TableHead className="pl-4">Path</TableHead>
            <TableHead>Resource</TableHead>
            <TableHead>Value</TableHead>
            <TableHead>Updated</TableHead>
            <TableHead>
              <span className="sr-only">Operations</span>
            </TableHead>
          </tr>
        </TableHeader>
        <TableBody className="max-md:block">
          {resources.map((resource) => (
            <ResourceRow key={resource.path} resource={resource} onDialog={onDialog} />
          ))}
        </TableBody>
      </Table>
    </div>
  );
}
