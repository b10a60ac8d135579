"use client";
import type { PackageView } from "@lamplighter/api/views";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import { type FormEvent, useRef, useState } from "react";
import { FileDrop } from "@/features/firmware/file-drop";
import { type ImageFinding, inspectImage, versionWarning, warningOf } from "@/features/firmware/image-header";
import { nameFromFile, problemsOfUpload, type UploadFields } from "@/features/firmware/upload";
import { UploadDone } from "@/features/firmware/upload-done";
import { useUpload } from "@/features/firmware/use-upload";
import { formatBytes, formatLimit, formatPercent } from "@/lib/format";
import { paths } from "@/lib/paths";
import { useRefusal, useSession } from "@/lib/session";
import { useTRPC } from "@/lib/trpc";
import { Button } from "@/ui/button";
import { Card, CardContent } from "@/ui/card";
import { ChoiceCards } from "@/ui/choice-cards";
import { FormField } from "@/ui/form-field";
import { Input, Textarea } from "@/ui/input";
import { PageFrame } from "@/ui/page-frame";
import { PageHeader } from "@/ui/page-header";
import { Problem } from "@/ui/problem";
import { Progress } from "@/ui/progress";

const crumbs = [{ label: "Firmware", href: paths.firmware() }];
const words = { name: "", version: "", vendor: "", models: "", hardwareRevisions: "", notes: "" };
const kinds = ["firmware", "software"] as const;

/** Sends a firmware image to the server, with a progress bar, and shows what was stored. */
export function UploadPage() {
  const trpc = useTRPC();
  const router = useRouter();
  const queries = useQueryClient();
  const refusal = useRefusal("firmware.upload");
  const { installation } = useSession();
  const facets = useQuery(trpc.device.facets.queryOptions({}));
  const [file, setFile] = useState<File>();
  const [finding, setFinding] = useState<ImageFinding>();
  const [kind, setKind] = useQueryState("kind", parseAsStringLiteral(kinds).withDefault("firmware"));
  const [typed, setFields] = useState(words);
  const fields: UploadFields = { ...typed, kind };
  const [tried, setTried] = useState(false);
  const [stored, setStored] = useState<PackageView>();
  const newest = useRef<File>(undefined);
  const { bytesSent, failure, send, cancel, forgetFailure } = useUpload((done) => {
    setStored(done);
    void queries.invalidateQueries(trpc.firmware.pathFilter());
  });

  const problems = problemsOfUpload(file, fields, installation.firmwareBytesMax);
  const shown = tried ? problems : file ? { file: problems.file } : {};
  const set = (change: Partial<typeof words>) => setFields((before) => ({ ...before, ...change }));
  const choose = async (chosen: File | undefined) => {
    newest.current = chosen;
    setFile(chosen);
    forgetFailure();
    setFinding(undefined);
    if (!chosen) return;
    const found = await inspectImage(chosen);
    if (newest.current !== chosen) return;
    setFinding(found);
    const version = found.kind === "mcuboot" ? found.version : undefined;
    setFields((before) => ({
      ...before,
      name: before.name || nameFromFile(chosen.name, version),
      version: version ?? before.version,
    }));
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    forgetFailure();
    if (!file || refusal || Object.keys(problems).length > 0) return;
    await send(file, fields);
  };
  const again = () => {
    setStored(undefined);
    setFile(undefined);
    setFinding(undefined);
    setFields(words);
    setTried(false);
  };
  if (stored) return <UploadDone stored={stored} onAgain={again} />;
  const sending = bytesSent !== undefined;
  const headerVersion = finding?.kind === "mcuboot" ? finding.version : undefined;
  const warning = finding && !problems.file ? warningOf(finding) : undefined;
  const contradiction = versionWarning(headerVersion, fields.version.trim());
  const models = facets.data?.model?.map(({ value }) => value).filter(Boolean) ?? [];
  return (
    <PageFrame className="max-w-3xl">
      <PageHeader title={`Upload ${kind}`} crumbs={crumbs} />
      <Card>
        <CardContent className="pt-4">
          <form onSubmit={submit} noValidate className="flex flex-col gap-4">
            <FileDrop
              file={file}
              onFile={(chosen) => void choose(chosen)}
              problem={shown.file}
              disabled={sending}
              hint={`One file of at most ${formatLimit(installation.firmwareBytesMax)}. The version of an MCUboot image is read from it.`}
            />
            {warning ? <Problem tone="warning">{warning}</Problem> : null}
            <ChoiceCards
              label="What it is"
              value={kind}
              onChange={(next) => void setKind(next)}
              choices={[
                { value: "firmware", title: "Firmware", description: "Of the whole light; campaigns send it." },
                {
                  value: "software",
                  title: "Software",
                  description: "Of a part, such as its driver or radio; installed on single lights.",
                },
              ]}
            />
            <fieldset disabled={sending} className="grid gap-4 sm:grid-cols-2">
              <FormField label="Name" error={shown.name}>
                <Input value={fields.name} maxLength={120} onChange={(event) => set({ name: event.target.value })} />
              </FormField>
              <FormField
                label="Version"
                error={shown.version}
                hint={
                  headerVersion === undefined
                    ? "Exactly what a light reports once it runs this image."
                    : headerVersion === fields.version.trim()
                      ? "Read from the image's own header."
                      : "Not the version in the image's own header: see below."
                }
              >
                <Input
                  value={fields.version}
                  maxLength={120}
                  onChange={(event) => set({ version: event.target.value })}
                />
              </FormField>
              <FormField
                label="Models"
                optional
                hint={`Commas between. Empty means any model.${models.length > 0 ? ` In the inventory: ${models.slice(0, 8).join(", ")}.` : ""}`}
              >
                <Input value={fields.models} onChange={(event) => set({ models: event.target.value })} />
              </FormField>
              <FormField label="Hardware revisions" optional hint="Commas between. Empty means any revision.">
                <Input
                  value={fields.hardwareRevisions}
                  onChange={(event) => set({ hardwareRevisions: event.target.value })}
                />
              </FormField>
              <FormField label="Vendor" optional>
                <Input
                  value={fields.vendor}
                  maxLength={120}
                  onChange={(event) => set({ vendor: event.target.value })}
                />
              </FormField>
              <FormField label="Notes" optional className="sm:col-span-2">
                <Textarea
                  value={fields.notes}
                  maxLength={4_000}
                  onChange={(event) => set({ notes: event.target.value })}
                />
              </FormField>
            </fieldset>
            {contradiction ? <Problem tone="warning">{contradiction}</Problem> : null}
            {sending && file ? (
              <div className="flex flex-col gap-1.5">
                <Progress
                  label="Upload"
                  total={file.size}
                  parts={[{ tone: "busy", value: Math.min(bytesSent, file.size), label: "bytes sent" }]}
                />
                <p role="status" className="text-xs text-muted-foreground tabular-nums">
                  {bytesSent >= file.size
                    ? "Sent; the server is storing it…"
                    : `${formatBytes(bytesSent)} of ${formatBytes(file.size)} sent, ${formatPercent(bytesSent, file.size)}`}
                </p>
              </div>
            ) : null}
            {failure ? <Problem>{failure}</Problem> : null}
            <div className="flex flex-wrap justify-end gap-2">
              {sending ? (
                <Button onClick={cancel}>Cancel upload</Button>
              ) : (
                <Button onClick={() => router.push(paths.firmware())}>Back</Button>
              )}
              <Button type="submit" variant="primary" busy={sending} disabledReason={refusal}>
                Upload
              </Button>
            </div>
          </form>
        </CardContent>
      </Card>
    </PageFrame>
  );
}
