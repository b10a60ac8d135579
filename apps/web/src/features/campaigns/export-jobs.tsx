"use client";
import type { JobView } from "@lamplighter/api/views";
import { Download } from "lucide-react";
import { useState } from "react";
import type { jobsInput } from "@/features/campaigns/job-filters";
import { jobsCsv } from "@/features/campaigns/jobs-csv";
import { useTRPCClient } from "@/lib/trpc";
import { Button } from "@/ui/button";
import { toast } from "@/ui/toast";

const pageItems = 500;

/** Writes the lights that the filters leave, all of them and not only those on screen, into a CSV file. */
export function ExportJobs({
  name,
  input,
  total,
}: {
  readonly name: string;
  readonly input: ReturnType<typeof jobsInput>;
  readonly total: number;
}) {
  const client = useTRPCClient();
  const [busy, setBusy] = useState(false);
  const save = async () => {
    setBusy(true);
    try {
      const jobs: JobView[] = [];
      let cursor: string | null | undefined;
      do {
        const page = await client.campaign.jobs.query({ ...input, limit: pageItems, ...(cursor ? { cursor } : {}) });
        jobs.push(...page.items);
        cursor = page.nextCursor;
      } while (cursor);
      download(`${name.replace(/[^\p{L}\p{N}]+/gu, "-")}.csv`, jobsCsv(jobs));
    } catch (error) {
      toast.error(`The list could not be read: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button
      size="small"
      busy={busy}
      className="ml-auto"
      disabledReason={total === 0 ? "There is nothing to export." : undefined}
      onClick={() => void save()}
    >
      <Download aria-hidden="true" /> Export CSV
    </Button>
  );
}

function download(fileName: string, text: string): void {
  // The byte-order mark tells spreadsheets that the file is UTF-8.
  const address = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = fileName;
  link.click();
  URL.revokeObjectURL(address);
}
