"use client";
import type { PackageView } from "@lamplighter/api/views";
import { useQuery } from "@tanstack/react-query";
import { Rocket } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { versionWarning } from "@/features/firmware/image-header";
import { PackageActions } from "@/features/firmware/package-actions";
import { PackageStateBadge } from "@/features/firmware/package-state-badge";
import { Sha256 } from "@/features/firmware/sha256";
import { countOf, formatBytes, formatMinute, nothing, packageTitle } from "@/lib/format";
import { lightsWhere } from "@/lib/lights-query";
import { usePageTitle } from "@/lib/page-title";
import { paths } from "@/lib/paths";
import { useRefusal } from "@/lib/session";
import { useTRPC } from "@/lib/trpc";
import { Button } from "@/ui/button";
import { Card, CardContent, CardHeader } from "@/ui/card";
import { ErrorState } from "@/ui/error-state";
import { Facts } from "@/ui/facts";
import { PageFrame } from "@/ui/page-frame";
import { PageHeader } from "@/ui/page-header";
import { Problem } from "@/ui/problem";
import { SkeletonRows } from "@/ui/skeleton";
import { CampaignStateBadge } from "@/ui/status-badge";

const crumbs = [{ label: "Firmware", href: paths.firmware() }];

/** One firmware: what it is, who runs it, which campaigns send it. */
export function PackagePage({ id }: { readonly id: string }) {
  const trpc = useTRPC();
  const found = useQuery(trpc.firmware.get.queryOptions({ id }));
  if (found.data) return <LoadedPackage firmware={found.data} />;
  return (
    <PageFrame>
      <PageHeader title="Firmware" crumbs={crumbs} />
      {found.isError ? (
        <ErrorState error={found.error} onRetry={() => void found.refetch()} />
      ) : (
        <SkeletonRows label="Loading the firmware" />
      )}
    </PageFrame>
  );
}

function LoadedPackage({ firmware }: { readonly firmware: PackageView }) {
  const router = useRouter();
  const refusal = useRefusal("campaign.write");
  usePageTitle(packageTitle(firmware));
  const contradiction = versionWarning(firmware.headerVersion, firmware.version);
  return (
    <PageFrame>
      <PageHeader
        title={packageTitle(firmware)}
        crumbs={crumbs}
        badge={<PackageStateBadge state={firmware.state} />}
        actions={
          <>
            <PackageActions firmware={firmware} />
            <Button
              variant="primary"
              disabledReason={
                refusal ??
                (firmware.kind === "software"
                  ? "Software is for a part of a light: install it from the Software tab of a light."
                  : undefined) ??
                (firmware.state === "revoked" ? "Revoked firmware cannot be sent." : undefined)
              }
              onClick={() => router.push(paths.campaignNew({ packageId: firmware.id }))}
            >
              <Rocket aria-hidden="true" /> Start campaign
            </Button>
          </>
        }
      />
      {contradiction ? <Problem tone="warning">{contradiction}</Problem> : null}
      <div className="grid items-start gap-4 lg:grid-cols-[2fr_1fr]">
        <Card>
          <CardHeader title="The image" />
          <CardContent>
            <Facts facts={factsOf(firmware)} />
          </CardContent>
        </Card>
        <div className="flex flex-col gap-4">
          <Card>
            <CardHeader title="Lights that run this version" />
            <CardContent>
              {firmware.kind === "software" ? (
                <p className="text-2xl font-semibold tabular-nums">{countOf(firmware.lights, "light")}</p>
              ) : (
                <Link
                  href={paths.lights(lightsWhere("firmwareVersion", firmware.version))}
                  prefetch={false}
                  className="text-2xl font-semibold tabular-nums hover:underline"
                >
                  {countOf(firmware.lights, "light")}
                </Link>
              )}
            </CardContent>
          </Card>
          <Card>
            <CardHeader title="Campaigns that send it" />
            <CardContent>
              {firmware.campaigns.length === 0 ? (
                <p className="text-sm text-muted-foreground">None yet.</p>
              ) : (
                <ul className="flex flex-col gap-2">
                  {firmware.campaigns.map(({ id, name, state }) => (
                    <li key={id} className="flex flex-wrap items-center justify-between gap-2">
                      <Link href={paths.campaign(id)} className="min-w-0 truncate font-medium hover:underline">
                        {name}
                      </Link>
                      <CampaignStateBadge state={state} />
                    </li>
                  ))}
                </ul>
              )}
            </CardContent>
          </Card>
        </div>
      </div>
    </PageFrame>
  );
}

const formatWords: Readonly<Record<PackageView["format"], string>> = {
  mcuboot: "MCUboot image",
  opaque: "Opaque bytes: no image header was recognised",
};

function factsOf(firmware: PackageView) {
  return [
    { term: "What it is", value: firmware.kind === "software" ? "Software of a part" : "Firmware of the whole light" },
    { term: "SHA-256", value: <Sha256 digest={firmware.sha256} /> },
    { term: "Size", value: `${formatBytes(firmware.bytes)} (${firmware.bytes.toLocaleString("en-GB")} bytes)` },
    { term: "Version that lights report", value: firmware.version },
    { term: "Version in its header", value: firmware.headerVersion ?? nothing },
    { term: "Format", value: formatWords[firmware.format] },
    { term: "File", value: firmware.fileName },
    { term: "For models", value: firmware.models.join(", ") || "any" },
    { term: "For hardware revisions", value: firmware.hardwareRevisions.join(", ") || "any" },
    { term: "Vendor", value: firmware.vendor ?? nothing },
    { term: "Uploaded", value: `${formatMinute(firmware.createdAt)} by ${firmware.createdBy}` },
    { term: "Notes", value: firmware.notes ?? nothing },
  ];
}
