"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { CircleCheck, CircleX, Loader2, Upload } from "lucide-react";
import { useId, useRef, useState } from "react";
import { base64Of, fileBytesMax, filesMax } from "@/features/object-models/send-file";
import { countOf, formatBytes, formatLimit } from "@/lib/format";
import { useRefusal } from "@/lib/session";
import { type RouterOutputs, useTRPC } from "@/lib/trpc";
import { Button } from "@/ui/button";
import { Checkbox } from "@/ui/checkbox";
import { Dialog, DialogContent, DialogTrigger } from "@/ui/dialog";

type Report = RouterOutputs["objectModel"]["upload"];

/** How one file went; without a report or a problem it is still on its way. */
interface Sent {
  readonly file: string;
  readonly report?: Report;
  readonly problem?: string;
}

/** Sends definition files one after the other, and says of each what became of it. */
export function UploadDefinitions() {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const refusal = useRefusal("model.write");
  const upload = useMutation(trpc.objectModel.upload.mutationOptions());
  const input = useRef<HTMLInputElement>(null);
  const inputId = useId();
  const [replace, setReplace] = useState(false);
  const [sent, setSent] = useState<readonly Sent[]>([]);
  const [busy, setBusy] = useState(false);

  const send = async (files: readonly File[]) => {
    setBusy(true);
    setSent([]);
    for (const file of files.slice(0, filesMax)) {
      setSent((before) => [...before, { file: file.name }]);
      const result = await sendOne(file);
      setSent((before) => [...before.slice(0, -1), result]);
    }
    if (files.length > filesMax) {
      setSent((before) => [...before, { file: "The rest", problem: `At most ${filesMax} files go at once.` }]);
    }
    setBusy(false);
    await Promise.all([
      queries.invalidateQueries(trpc.objectModel.pathFilter()),
      queries.invalidateQueries(trpc.device.objects.pathFilter()),
    ]);
  };
  const sendOne = async (file: File): Promise<Sent> => {
    if (file.size > fileBytesMax) {
      const problem = `It has ${formatBytes(file.size)}, and a definition may have ${formatLimit(fileBytesMax)}. Split it, one object to a file.`;
      return { file: file.name, problem };
    }
    try {
      const report = await upload.mutateAsync({ fileName: file.name, base64: await base64Of(file), replace });
      return { file: file.name, report };
    } catch (error) {
      return { file: file.name, problem: error instanceof Error ? error.message : String(error) };
    }
  };

  return (
    <Dialog onOpenChange={(open) => open && setSent([])}>
      <DialogTrigger asChild>
        <Button variant="primary" disabledReason={refusal}>
          <Upload aria-hidden="true" /> Upload definitions
        </Button>
      </DialogTrigger>
      <DialogContent
        title="Upload object definitions"
        description="XML files as OMA and makers of lights publish them."
      >
        <div className="flex min-w-0 flex-col gap-4">
          <label htmlFor={`${inputId}-replace`} className="flex items-start gap-2 text-sm">
            <Checkbox
              id={`${inputId}-replace`}
              checked={replace}
              disabled={busy}
              onCheckedChange={(checked) => setReplace(checked === true)}
            />
            <span>
              Replace definitions that are there already
              <span className="block text-xs text-muted-foreground">
                Not while lights use one and the new one gives its resources another meaning.
              </span>
            </span>
          </label>
          <div>
            <label htmlFor={inputId} className="sr-only">
              Object definition files
            </label>
            <input
              ref={input}
              id={inputId}
              type="file"
              multiple
              accept=".xml,text/xml,application/xml"
              disabled={busy}
              className="sr-only"
              tabIndex={-1}
              onChange={(event) => {
                const files = [...(event.target.files ?? [])];
                event.target.value = "";
                if (files.length > 0) void send(files);
              }}
            />
            <Button busy={busy} onClick={() => input.current?.click()}>
              Choose files
            </Button>
          </div>
          {sent.length > 0 ? (
            <ul aria-label="Files" aria-live="polite" className="max-h-80 divide-y overflow-y-auto rounded-md border">
              {sent.map((one, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: two files may have one name, and the list only grows
                <FileRow key={at} sent={one} />
              ))}
            </ul>
          ) : null}
        </div>
      </DialogContent>
    </Dialog>
  );
}

function FileRow({ sent: { file, report, problem } }: { readonly sent: Sent }) {
  return (
    <li className="flex gap-2.5 px-3 py-2 text-sm">
      {problem ? (
        <CircleX className="mt-0.5 size-4 shrink-0 text-bad" aria-label="Refused" />
      ) : report ? (
        <CircleCheck className="mt-0.5 size-4 shrink-0 text-good" aria-label="Taken" />
      ) : (
        <Loader2 className="mt-0.5 size-4 shrink-0 animate-spin text-muted-foreground" aria-label="Being sent" />
      )}
      <div className="min-w-0">
        <p className="font-medium break-all">{file}</p>
        {problem ? <p className="text-bad break-words">{problem}</p> : null}
        {report?.objects.map(({ id, version, name, resources, outcome }) => (
          <p key={`${id} ${version}`} className="text-muted-foreground">
            {id} {name} {version}: {outcome}, {countOf(resources, "resource")}
          </p>
        ))}
        {report?.notes.map((note) => (
          <p key={note} className="text-xs text-warn">
            {note}
          </p>
        ))}
      </div>
    </li>
  );
}
