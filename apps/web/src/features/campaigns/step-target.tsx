"use client";
import type { CampaignTarget } from "@lamplighter/campaigns/campaign";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useState } from "react";
import { problemAt, type StepProps } from "@/features/campaigns/step-props";
import { LightPicker } from "@/features/groups/light-picker";
import { QueryBuilder } from "@/features/groups/query-builder";
import { askable } from "@/features/groups/query-edit";
import { countOf } from "@/lib/format";
import { paths } from "@/lib/paths";
import { useTRPC } from "@/lib/trpc";
import { ChoiceCards } from "@/ui/choice-cards";
import { ErrorState } from "@/ui/error-state";
import { SearchInput } from "@/ui/search-input";
import { SkeletonRows } from "@/ui/skeleton";

const kinds = [
  {
    value: "query",
    title: "By query",
    description: "All lights, or those that match conditions when the campaign is written.",
  },
  { value: "group", title: "A group", description: "The lights of a group when the campaign is written." },
  { value: "devices", title: "Chosen lights", description: "Lights you tick in a list." },
] as const satisfies readonly { value: CampaignTarget["kind"]; title: string; description: string }[];

const emptyTargets: Readonly<Record<CampaignTarget["kind"], CampaignTarget>> = {
  query: { kind: "query", query: {} },
  group: { kind: "group", groupId: "" },
  devices: { kind: "devices", deviceIds: [] },
};

/** Which lights the campaign is for. They are fixed when it is written: lights that join later are not in it. */
export function StepTarget({ draft, change, problems }: StepProps) {
  const { target } = draft;
  return (
    <section aria-labelledby="step-title" className="flex flex-col gap-4">
      <h2 id="step-title" className="font-semibold">
        Which lights shall be updated?
      </h2>
      <ChoiceCards
        label="How to choose lights"
        value={target?.kind ?? null}
        onChange={(kind) => change({ target: emptyTargets[kind] })}
        choices={kinds}
      />
      {target?.kind === "query" ? (
        <QueryTarget query={target.query} onChange={(query) => change({ target: { kind: "query", query } })} />
      ) : null}
      {target?.kind === "group" ? (
        <GroupTarget
          groupId={target.groupId}
          onChange={(groupId) => change({ target: { kind: "group", groupId } })}
          problem={problemAt(problems, "target")}
        />
      ) : null}
      {target?.kind === "devices" ? (
        <LightPicker
          label="Lights"
          selection={new Set(target.deviceIds)}
          onSelectionChange={(chosen) => change({ target: { kind: "devices", deviceIds: [...chosen] } })}
        />
      ) : null}
    </section>
  );
}

type Query = Extract<CampaignTarget, { kind: "query" }>["query"];

function QueryTarget({ query, onChange }: { readonly query: Query; readonly onChange: (query: Query) => void }) {
  // A condition still without values is kept here only: the draft holds nothing that the server would not take.
  const [written, setWritten] = useState(query);
  return (
    <QueryBuilder
      query={written}
      onChange={(next) => {
        setWritten(next);
        onChange(askable(next));
      }}
    />
  );
}

function GroupTarget({
  groupId,
  onChange,
  problem,
}: {
  readonly groupId: string;
  readonly onChange: (groupId: string) => void;
  readonly problem: string | undefined;
}) {
  const trpc = useTRPC();
  const [search, setSearch] = useState("");
  const groups = useQuery(trpc.group.list.queryOptions(search ? { search } : {}));
  if (groups.isError) return <ErrorState error={groups.error} onRetry={() => void groups.refetch()} />;
  return (
    <div className="flex flex-col gap-3">
      <SearchInput label="Search groups" value={search} onChange={setSearch} className="max-w-sm" />
      {groups.data === undefined ? (
        <SkeletonRows rows={3} label="Loading groups" />
      ) : groups.data.length === 0 ? (
        <p className="text-sm text-muted-foreground">
          {search ? "No group matches these words. " : "There are no groups yet. "}
          <Link href={paths.groupNew()} className="text-lamp underline underline-offset-4">
            Make a group
          </Link>
        </p>
      ) : (
        <ChoiceCards
          label="Group"
          value={groupId || null}
          onChange={onChange}
          choices={groups.data.map(({ id, name, lights, description }) => ({
            value: id,
            title: name,
            description: [countOf(lights, "light"), description].filter(Boolean).join(" · "),
          }))}
        />
      )}
      {problem ? <span className="sr-only">{problem}</span> : null}
    </div>
  );
}
