"use client";
import { Eye, MoreHorizontal } from "lucide-react";
import { OperationOutcome, useOperations } from "@/features/light/operations";
import type { ResourceDialog, ResourceNode } from "@/features/light/resource-dialogs";
import { showWire, unitWord } from "@/features/light/wire-text";
import { nothing } from "@/lib/format";
import { useRefusal } from "@/lib/session";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { DropdownMenu, DropdownMenuContent, DropdownMenuItem, DropdownMenuTrigger } from "@/ui/dropdown-menu";
import { RelativeTime } from "@/ui/relative-time";
import { TableCell, TableRow } from "@/ui/table";

/** One resource: its value, and what it can be asked. */
export function ResourceRow({
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
    <TableRow className="max-md:grid max-md:grid-cols-[8.5rem_minmax(0,1fr)]">
      <TableCell className="pl-4 align-top font-mono text-xs text-muted-foreground max-md:hidden">
        <span className="leading-7">{path}</span>
      </TableCell>
      <TableCell className="align-top">
        <span className="block py-1 leading-5 break-words">{name}</span>
        <span className="-mt-1 block text-xs break-words text-muted-foreground">
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
              observed{observedWith(path, resource.observedBy)}
            </Badge>
          ) : null}
        </div>
        <OperationOutcome state={stateOf(path)} />
      </TableCell>
      <TableCell className="align-top text-xs leading-7 text-muted-foreground max-md:hidden">
        <RelativeTime at={reading?.at ?? null} />
      </TableCell>
      <TableCell className="align-top max-md:col-span-2 max-md:pt-0">
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
                onClick={() =>
                  void run(
                    resource.observedBy === null
                      ? { verb: "observe", path }
                      : { verb: "cancelObservation", path: resource.observedBy },
                  )
                }
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

/** What else ends when this observation does. */
function observedWith(path: string, observedBy: string | null): string {
  if (observedBy === null || observedBy === path) return "";
  const others = observedBy.split(" ").filter((each) => each !== path);
  return others.length === 1 ? ` with ${others[0]}` : ` with ${others.length} others`;
}
