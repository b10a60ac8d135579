"use client";
import { FileUp, X } from "lucide-react";
import { useId, useRef, useState } from "react";
import { cn } from "@/lib/cn";
import { formatBytes } from "@/lib/format";
import { Button } from "@/ui/button";

/** A place to drop one file, or to choose it by click or keyboard. */
export function FileDrop({
  file,
  onFile,
  problem,
  hint,
  disabled,
}: {
  readonly file: File | undefined;
  readonly onFile: (file: File | undefined) => void;
  readonly problem: string | undefined;
  readonly hint: string;
  readonly disabled: boolean;
}) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  return (
    <div>
      <section
        aria-label="Firmware image"
        onDragOver={(event) => {
          event.preventDefault();
          if (!disabled) setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          const [dropped] = event.dataTransfer.files;
          if (dropped && !disabled) onFile(dropped);
        }}
        className={cn(
          "flex flex-wrap items-center gap-3 rounded-lg border-2 border-dashed p-4",
          over ? "border-primary bg-lamp-soft" : problem ? "border-bad" : "border-border-strong/60",
        )}
      >
        <FileUp className="size-7 shrink-0 text-muted-foreground" strokeWidth={1.5} aria-hidden="true" />
        <div className="min-w-48 flex-1">
          {file ? (
            <>
              <p className="truncate font-medium">{file.name}</p>
              <p className="text-xs text-muted-foreground">{formatBytes(file.size)}</p>
            </>
          ) : (
            <>
              <p className="font-medium">Drop the firmware image here</p>
              <p className="text-xs text-muted-foreground">{hint}</p>
            </>
          )}
        </div>
        {/* The button opens it; the input itself is what the label and the error belong to. */}
        <label htmlFor={id} className="sr-only">
          Firmware image file
        </label>
        <input
          ref={input}
          id={id}
          type="file"
          disabled={disabled}
          className="sr-only"
          tabIndex={-1}
          aria-invalid={problem ? true : undefined}
          aria-describedby={problem ? `${id}-problem` : undefined}
          onChange={(event) => {
            onFile(event.target.files?.[0]);
            // Choosing the same file again must be noticed too.
            event.target.value = "";
          }}
        />
        <div className="flex gap-2">
          <Button disabled={disabled} onClick={() => input.current?.click()}>
            {file ? "Choose another" : "Choose a file"}
          </Button>
          {file ? (
            <Button
              variant="ghost"
              size="icon"
              aria-label="Remove the file"
              disabled={disabled}
              onClick={() => onFile(undefined)}
            >
              <X aria-hidden="true" />
            </Button>
          ) : null}
        </div>
      </section>
      {problem ? (
        <p id={`${id}-problem`} role="alert" className="mt-1 text-xs text-bad">
          {problem}
        </p>
      ) : null}
    </div>
  );
}
