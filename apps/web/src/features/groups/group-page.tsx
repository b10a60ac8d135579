"use client";
import type { GroupView } from "@lamplighter/api/views";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Pencil, Rocket, Trash2 } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { AddLights } from "@/features/groups/add-lights";
import { EditGroup } from "@/features/groups/edit-group";
import { GroupKindBadge } from "@/features/groups/group-kind-badge";
import { GroupMembers } from "@/features/groups/group-members";
import { countOf } from "@/lib/format";
import { describeQuery } from "@/lib/lights-query";
import { usePageTitle } from "@/lib/page-title";
import { paths } from "@/lib/paths";
import { useRefusal } from "@/lib/session";
import { useTRPC } from "@/lib/trpc";
import { Button } from "@/ui/button";
import { Card, CardContent, CardHeader } from "@/ui/card";
import { Confirm } from "@/ui/confirm";
import { ErrorState } from "@/ui/error-state";
import { PageFrame } from "@/ui/page-frame";
import { PageHeader } from "@/ui/page-header";
import { SkeletonRows } from "@/ui/skeleton";

const crumbs = [{ label: "Groups", href: paths.groups() }];

/** One group: what it is, its lights, the campaigns that use it, and what can be done with it. */
export function GroupPage({ id }: { readonly id: string }) {
  const trpc = useTRPC();
  const group = useQuery(trpc.group.get.queryOptions({ id }));
  if (group.isError) {
    return (
      <PageFrame>
        <PageHeader title="Group" crumbs={crumbs} />
        <ErrorState error={group.error} onRetry={() => void group.refetch()} />
      </PageFrame>
    );
  }
  if (group.isPending) {
    return (
      <PageFrame>
        <PageHeader title="Group" crumbs={crumbs} />
        <SkeletonRows label="Loading the group" />
      </PageFrame>
    );
  }
  return <LoadedGroup group={group.data} />;
}

function LoadedGroup({ group }: { readonly group: GroupView }) {
  usePageTitle(group.name);
  const refusal = useRefusal("group.write");
  const mayWriteCampaigns = useRefusal("campaign.write");
  const router = useRouter();
  return (
    <PageFrame>
      <PageHeader
        title={group.name}
        crumbs={crumbs}
        badge={<GroupKindBadge kind={group.kind} />}
        description={group.problem ?? group.description}
        actions={
          <>
            <EditGroup group={group}>
              <Button disabledReason={refusal}>
                <Pencil aria-hidden="true" /> Edit
              </Button>
            </EditGroup>
            <DeleteGroup group={group} refusal={refusal} />
            <Button
              variant="primary"
              disabledReason={mayWriteCampaigns ?? (group.lights === 0 ? "This group has no lights." : undefined)}
              onClick={() => router.push(paths.campaignNew({ groupId: group.id }))}
            >
              <Rocket aria-hidden="true" /> Start campaign
            </Button>
          </>
        }
      />
      <div className="grid gap-4 lg:grid-cols-2">
        <Card>
          <CardHeader title="Which lights" />
          <CardContent className="text-sm">
            <Link
              href={paths.lights({ groupId: group.id })}
              prefetch={false}
              className="text-2xl font-semibold tabular-nums hover:underline"
            >
              {countOf(group.lights, "light")}
            </Link>
            <p className="mt-1 text-muted-foreground">
              {group.kind === "query"
                ? `Whatever matches now: ${describeQuery(group.query ?? {})}.`
                : "Chosen by hand; they stay until somebody changes them."}
            </p>
          </CardContent>
        </Card>
        <Card>
          <CardHeader title="Unfinished campaigns for this group" />
          <CardContent className="text-sm">
            {group.campaigns.length === 0 ? (
              <p className="text-muted-foreground">None. Finished campaigns keep their own list of lights.</p>
            ) : (
              <ul className="flex flex-col gap-1">
                {group.campaigns.map(({ id, name }) => (
                  <li key={id}>
                    <Link href={paths.campaign(id)} className="font-medium hover:underline">
                      {name}
                    </Link>
                  </li>
                ))}
              </ul>
            )}
          </CardContent>
        </Card>
      </div>
      <Card>
        <CardHeader
          title="Lights in this group"
          action={group.kind === "static" ? <AddLights group={group} refusal={refusal} /> : undefined}
        />
        <CardContent>
          <GroupMembers group={group} refusal={refusal} />
        </CardContent>
      </Card>
    </PageFrame>
  );
}

function DeleteGroup({ group, refusal }: { readonly group: GroupView; readonly refusal: string | undefined }) {
  const trpc = useTRPC();
  const router = useRouter();
  const queries = useQueryClient();
  const remove = useMutation(trpc.group.remove.mutationOptions());
  const button = (
    <Button variant="danger-outline" disabledReason={refusal}>
      <Trash2 aria-hidden="true" /> Delete
    </Button>
  );
  if (refusal) return button;
  return (
    <Confirm
      title={`Delete “${group.name}”?`}
      action="Delete group"
      danger
      description={
        <>
          <p>
            The group is forgotten. Its {countOf(group.lights, "light")} stay in the inventory, and keep what they run.
          </p>
          {group.campaigns.length > 0 ? (
            <p>
              {countOf(group.campaigns.length, "unfinished campaign")} (
              {group.campaigns.map(({ name }) => name).join(", ")}) keep the lights that were in the group when they
              were written.
            </p>
          ) : null}
        </>
      }
      onConfirm={async () => {
        await remove.mutateAsync({ id: group.id });
        void queries.invalidateQueries(trpc.group.list.pathFilter());
        router.push(paths.groups());
      }}
    >
      {button}
    </Confirm>
  );
}
