"use client";
import type { PackageView } from "@lamplighter/api/views";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Archive, Ban, RotateCcw, Trash2 } from "lucide-react";
import { useRouter } from "next/navigation";
import type { ReactElement, ReactNode } from "react";
import { countOf, packageTitle } from "@/lib/format";
import { paths } from "@/lib/paths";
import { useRefusal } from "@/lib/session";
import { useTRPC } from "@/lib/trpc";
import { Button } from "@/ui/button";
import { Confirm } from "@/ui/confirm";

/** What can be done with firmware beside sending it. Each asks first and says what will follow. */
export function PackageActions({ firmware }: { readonly firmware: PackageView }) {
  const trpc = useTRPC();
  const router = useRouter();
  const queries = useQueryClient();
  const refusal = useRefusal("firmware.write");
  const update = useMutation(trpc.firmware.update.mutationOptions());
  const remove = useMutation(trpc.firmware.remove.mutationOptions());
  const move = async (state: "released" | "deprecated" | "revoked") => {
    const changed = await update.mutateAsync({ id: firmware.id, state });
    queries.setQueryData(trpc.firmware.get.queryKey({ id: firmware.id }), changed);
    void queries.invalidateQueries(trpc.firmware.list.pathFilter());
  };
  const running = firmware.campaigns.filter(({ state }) => state === "running");
  const used = firmware.campaigns.length;
  const whyKept =
    refusal ?? (used > 0 ? `${countOf(used, "campaign")} used it, so it is kept as part of their record.` : undefined);
  return (
    <>
      {firmware.state === "released" ? (
        <Asked
          refusal={refusal}
          title={`Deprecate ${firmware.version}?`}
          action="Deprecate"
          description="New campaigns are warned off it. Campaigns that send it now go on."
          onConfirm={() => move("deprecated")}
          button={
            <Button disabledReason={refusal}>
              <Archive aria-hidden="true" /> Deprecate
            </Button>
          }
        />
      ) : (
        <Asked
          refusal={refusal}
          title={`Release ${firmware.version} again?`}
          action="Release"
          description="Campaigns may send it again. Campaigns that were paused stay paused until somebody resumes them."
          onConfirm={() => move("released")}
          button={
            <Button disabledReason={refusal}>
              <RotateCcw aria-hidden="true" /> Release again
            </Button>
          }
        />
      )}
      {firmware.state === "revoked" ? null : (
        <Asked
          refusal={refusal}
          danger
          title={`Revoke ${firmware.version}?`}
          action="Revoke"
          description={
            <>
              <p>It cannot be sent any more.</p>
              <p>
                {running.length === 0
                  ? "No running campaign sends it."
                  : `${countOf(running.length, "running campaign")} will be paused: ${running.map(({ name }) => name).join(", ")}.`}
              </p>
              <p>{countOf(firmware.lights, "light")} that run it keep it: send them another version by a campaign.</p>
            </>
          }
          onConfirm={() => move("revoked")}
          button={
            <Button variant="danger-outline" disabledReason={refusal}>
              <Ban aria-hidden="true" /> Revoke
            </Button>
          }
        />
      )}
      <Asked
        refusal={whyKept}
        danger
        title={`Delete ${packageTitle(firmware)}?`}
        action="Delete"
        description="The image and what is written about it are deleted. This cannot be undone."
        onConfirm={async () => {
          await remove.mutateAsync({ id: firmware.id });
          void queries.invalidateQueries(trpc.firmware.list.pathFilter());
          router.push(paths.firmware());
        }}
        button={
          <Button variant="danger-outline" disabledReason={whyKept}>
            <Trash2 aria-hidden="true" /> Delete
          </Button>
        }
      />
    </>
  );
}

/** A button that asks before it acts; one that is refused only says why. */
function Asked({
  refusal,
  button,
  ...confirm
}: {
  readonly refusal: string | undefined;
  readonly button: ReactElement;
  readonly title: string;
  readonly action: string;
  readonly description: ReactNode;
  readonly danger?: boolean;
  readonly onConfirm: () => Promise<unknown>;
}) {
  return refusal ? button : <Confirm {...confirm}>{button}</Confirm>;
}
