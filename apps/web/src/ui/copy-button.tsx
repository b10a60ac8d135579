"use client";
import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { Button } from "@/ui/button";

const confirmedMilliseconds = 1_500;

/** Copies a text, and says that it did. */
export function CopyButton({ text, label }: { readonly text: string; readonly label: string }) {
  const [copied, setCopied] = useState(false);
  // Browsers lend the clipboard only to pages that came over https or from localhost.
  if (typeof navigator === "undefined" || navigator.clipboard === undefined) return null;
  return (
    <Button
      variant="ghost"
      size="icon-small"
      aria-label={copied ? "Copied" : label}
      onClick={async () => {
        await navigator.clipboard.writeText(text);
        setCopied(true);
        setTimeout(() => setCopied(false), confirmedMilliseconds);
      }}
    >
      {copied ? <Check className="text-good" aria-hidden="true" /> : <Copy aria-hidden="true" />}
    </Button>
  );
}
