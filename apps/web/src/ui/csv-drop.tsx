"use client";
import { FileUp } from "lucide-react";
import { type DragEvent, useRef, useState } from "react";
import { cn } from "@/lib/cn";
import { Button } from "@/ui/button";

/** Where a table is chosen or dropped. What is done with it is the caller's; nothing is sent from here. */
export function CsvDrop({
  busy,
  label,
  refusal,
  onFile,
}: {
  readonly busy: boolean;
  readonly label: string;
  readonly refusal: string | undefined;
  readonly onFile: (file: File) => void;
}) {
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer.files[0];
    if (file && !busy && refusal === undefined) onFile(file);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is an extra for the mouse; the button inside does the same by keyboard
    <div
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
      className={cn(
        "flex flex-col items-center gap-2 rounded-lg border border-dashed border-border-strong px-6 py-10 text-center",
        over && "border-primary bg-lamp-soft",
      )}
    >
      <FileUp className="size-8 text-muted-foreground" strokeWidth={1.5} aria-hidden="true" />
      <Button variant="primary" busy={busy} disabledReason={refusal} onClick={() => input.current?.click()}>
        {label}
      </Button>
      <p className="text-xs text-muted-foreground">or drop it here. It is checked first; nothing is stored by that.</p>
      <input
        ref={input}
        type="file"
        accept=".csv,text/csv,text/plain"
        aria-label="CSV file"
        className="sr-only"
        tabIndex={-1}
        onChange={(event) => {
          const file = event.target.files?.[0];
          // The same file may be chosen again after it was mended.
          event.target.value = "";
          if (file) onFile(file);
        }}
      />
    </div>
  );
}
