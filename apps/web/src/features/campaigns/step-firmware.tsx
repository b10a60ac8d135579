"use client";
import type { PackageView } from "@lamplighter/api/views";
import type { UseQueryResult } from "@tanstack/react-query";
import { Package, Upload } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import type { StepProps } from "@/features/campaigns/step-props";
import { PackageStateBadge } from "@/features/firmware/package-state-badge";
import { formatBytes, formatCount, packageTitle } from "@/lib/format";
import { paths } from "@/lib/paths";
import { Button } from "@/ui/button";
import { ChoiceCards } from "@/ui/choice-cards";
import { EmptyState } from "@/ui/empty-state";
import { ErrorState } from "@/ui/error-state";
import { SearchInput } from "@/ui/search-input";
import { SkeletonRows } from "@/ui/skeleton";

const shownMax = 30;

/** Which firmware to send. Revoked firmware, and software for a part of a light, is not offered. */
export function StepFirmware({
  draft,
  change,
  packages,
}: StepProps & { readonly packages: UseQueryResult<readonly PackageView[], unknown> }) {
  const [search, setSearch] = useState("");
  if (packages.isError) return <ErrorState error={packages.error} onRetry={() => void packages.refetch()} />;
  if (packages.data === undefined) return <SkeletonRows label="Loading firmware" />;
  const words = search.trim().toLowerCase();
  const offered = packages.data.filter(({ state, kind }) => state !== "revoked" && kind === "firmware");
  const found = offered.filter(({ id, name, version, models }) =>
    id === draft.packageId ? true : `${name} ${version} ${models.join(" ")}`.toLowerCase().includes(words),
  );
  if (offered.length === 0) {
    return (
      <EmptyState
        icon={Package}
        title="No firmware to send yet"
        action={
          <Button asChild variant="primary">
            <Link href={paths.firmwareUpload()}>
              <Upload aria-hidden="true" /> Upload firmware
            </Link>
          </Button>
        }
      >
        Upload an image first; the campaign that you began is kept.
      </EmptyState>
    );
  }
  return (
    <section aria-labelledby="step-title" className="flex flex-col gap-3">
      <h2 id="step-title" className="font-semibold">
        Which firmware shall the lights run?
      </h2>
      {offered.length > 5 ? (
        <SearchInput label="Search firmware" value={search} onChange={setSearch} className="max-w-sm" />
      ) : null}
      <ChoiceCards
        label="Firmware"
        value={draft.packageId}
        onChange={(packageId) => change({ packageId })}
        className="sm:grid-cols-2"
        choices={found.slice(0, shownMax).map((firmware) => ({
          value: firmware.id,
          title: packageTitle(firmware),
          description: (
            <>
              <span className="block">For {firmware.models.join(", ") || "any model"}</span>
              <span className="mt-1 flex flex-wrap items-center gap-x-2 gap-y-1">
                {formatBytes(firmware.bytes)} · {formatCount(firmware.lights)} lights run it
                {firmware.state === "released" ? null : <PackageStateBadge state={firmware.state} />}
              </span>
            </>
          ),
        }))}
      />
      {found.length > shownMax ? (
        <p className="text-xs text-muted-foreground">
          {formatCount(found.length - shownMax)} more: search to find them.
        </p>
      ) : null}
    </section>
  );
}
