"use client";
import type { PackageView } from "@lamplighter/api/views";
import { CircleCheck, Rocket } from "lucide-react";
import { useRouter } from "next/navigation";
import { versionWarning } from "@/features/firmware/image-header";
import { Sha256 } from "@/features/firmware/sha256";
import { formatBytes, packageTitle } from "@/lib/format";
import { paths } from "@/lib/paths";
import { useRefusal } from "@/lib/session";
import { Button } from "@/ui/button";
import { Card, CardContent } from "@/ui/card";
import { Facts } from "@/ui/facts";
import { PageFrame } from "@/ui/page-frame";
import { PageHeader } from "@/ui/page-header";
import { Problem } from "@/ui/problem";

/** What the server stored, to be compared with what the maker published, and what to do next. */
export function UploadDone({ stored, onAgain }: { readonly stored: PackageView; readonly onAgain: () => void }) {
  const router = useRouter();
  const refusal = useRefusal("campaign.write");
  const contradiction = versionWarning(stored.headerVersion, stored.version);
  return (
    <PageFrame className="max-w-3xl">
      <PageHeader title={`Upload ${stored.kind}`} crumbs={[{ label: "Firmware", href: paths.firmware() }]} />
      <Card>
        <CardContent className="flex flex-col gap-4 pt-4">
          <p role="status" className="flex items-center gap-2 font-medium">
            <CircleCheck className="size-5 text-good" aria-hidden="true" />
            {packageTitle(stored)} is stored.
          </p>
          {contradiction ? <Problem tone="warning">{contradiction}</Problem> : null}
          <Facts
            facts={[
              { term: "Size", value: `${formatBytes(stored.bytes)} (${stored.bytes.toLocaleString("en-GB")} bytes)` },
              { term: "Format", value: stored.format === "mcuboot" ? "MCUboot image" : "Opaque bytes" },
              { term: "For models", value: stored.models.join(", ") || "any" },
              { term: "SHA-256", value: <Sha256 digest={stored.sha256} /> },
            ]}
          />
          <p className="text-sm text-muted-foreground">
            Compare the SHA-256 with the one its maker published.
            {stored.kind === "software" ? " It is installed from the Software tab of a light." : ""}
          </p>
          <div className="flex flex-wrap justify-end gap-2">
            <Button onClick={onAgain}>Upload another</Button>
            <Button onClick={() => router.push(paths.firmwarePackage(stored.id))}>Show details</Button>
            {stored.kind === "firmware" ? (
              <Button
                variant="primary"
                disabledReason={refusal}
                onClick={() => router.push(paths.campaignNew({ packageId: stored.id }))}
              >
                <Rocket aria-hidden="true" /> Start campaign
              </Button>
            ) : null}
          </div>
        </CardContent>
      </Card>
    </PageFrame>
  );
}
