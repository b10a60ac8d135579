"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { CircleCheck, CirclePause, PackagePlus, Power, PowerOff, Trash2 } from "lucide-react";
import { useState } from "react";
import { pieceName, type SoftwarePiece } from "@/features/software/software-words";
import { nothing } from "@/lib/format";
import { useTRPC } from "@/lib/trpc";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { ChoiceCards } from "@/ui/choice-cards";
import { Confirm } from "@/ui/confirm";
import { RelativeTime } from "@/ui/relative-time";
import { toast } from "@/ui/toast";

/** One piece of software: its name, version and state, and the buttons that change it. */
export function SoftwarePieceRow({
  deviceId,
  piece,
  refusal,
  onInstall,
}: {
  readonly deviceId: string;
  readonly piece: SoftwarePiece;
  /** Why nothing can be changed now; undefined when it can. */
  readonly refusal: string | undefined;
  readonly onInstall: () => void;
}) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const change = useMutation(trpc.software.change.mutationOptions());
  const [removal, setRemoval] = useState<"uninstall" | "make-ready">("uninstall");
  const name = pieceName(piece);
  const { instance, version, state, isInstalled, isActive, trouble, at } = piece;
  const ask = async (wish: "activate" | "deactivate" | "uninstall" | "make-ready") => {
    await change.mutateAsync({ deviceId, instance, wish });
    await queries.invalidateQueries(trpc.software.list.queryFilter({ deviceId }));
  };
  const click = async (wish: "activate" | "deactivate") => {
    try {
      await ask(wish);
    } catch (error) {
      toast.error(error instanceof Error ? error.message : String(error));
    }
  };
  const notInstalled = isInstalled ? undefined : "Nothing is installed here.";
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 py-3 first:pt-0 last:pb-0">
      <div className="min-w-48 flex-1">
        <p className="flex flex-wrap items-baseline gap-x-2">
          <span className="font-medium">{name}</span>
          <span className="tabular-nums">{version ?? nothing}</span>
          <span className="font-mono text-xs text-muted-foreground">/9/{instance}</span>
        </p>
        <p className="mt-1 flex flex-wrap items-center gap-x-2 gap-y-1 text-xs text-muted-foreground">
          {isActive ? (
            <Badge tone="good">
              <CircleCheck aria-hidden="true" /> active
            </Badge>
          ) : isInstalled ? (
            <Badge tone="idle">
              <CirclePause aria-hidden="true" /> not active
            </Badge>
          ) : null}
          <span>{state ?? "not read yet"}</span>
          {at ? (
            <span>
              seen <RelativeTime at={at} />
            </span>
          ) : null}
        </p>
        {trouble ? <p className="mt-1 text-xs text-bad">{trouble}</p> : null}
      </div>
      <div className="flex flex-wrap gap-2">
        <Button size="small" disabledReason={refusal} aria-label={`Install a package on ${name}`} onClick={onInstall}>
          <PackagePlus aria-hidden="true" /> Install
        </Button>
        {isActive ? (
          <Confirm
            title={`Deactivate ${name}?`}
            description={<p>The light stops running {name} until it is activated again. It stays installed.</p>}
            action="Deactivate"
            onConfirm={() => ask("deactivate")}
          >
            <Button size="small" disabledReason={refusal} aria-label={`Deactivate ${name}`}>
              <PowerOff aria-hidden="true" /> Deactivate
            </Button>
          </Confirm>
        ) : (
          <Button
            size="small"
            disabledReason={refusal ?? notInstalled}
            busy={change.isPending}
            aria-label={`Activate ${name}`}
            onClick={() => void click("activate")}
          >
            <Power aria-hidden="true" /> Activate
          </Button>
        )}
        <Confirm
          title={`Uninstall ${name}?`}
          description={
            <ChoiceCards
              label="What the light does"
              value={removal}
              onChange={setRemoval}
              className="text-foreground sm:grid-cols-1"
              choices={[
                {
                  value: "uninstall",
                  title: "Remove it",
                  description: `${version ? `Version ${version}` : "What is there"} is removed from the light, and what depends on it stops working until a package is installed there again.`,
                },
                {
                  value: "make-ready",
                  title: "Make ready for an update",
                  description:
                    "It stays in place, not active, until the next package is installed. An installation does this by itself.",
                },
              ]}
            />
          }
          action={removal === "uninstall" ? "Uninstall" : "Make ready"}
          danger
          onConfirm={() => ask(removal)}
        >
          <Button
            size="small"
            variant="danger-outline"
            disabledReason={refusal ?? (isInstalled || version || state === "Delivered" ? undefined : notInstalled)}
            aria-label={`Uninstall ${name}`}
          >
            <Trash2 aria-hidden="true" /> Uninstall
          </Button>
        </Confirm>
      </div>
    </li>
  );
}
