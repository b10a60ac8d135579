import { CopyButton } from "@/ui/copy-button";

/** The digest that names an image, whole, with a button that copies it. */
export function Sha256({ digest }: { readonly digest: string }) {
  return (
    <span className="inline-flex max-w-full items-start gap-1">
      <code className="min-w-0 font-mono text-xs break-all">{digest}</code>
      <CopyButton text={digest} label="Copy SHA-256" />
    </span>
  );
}
