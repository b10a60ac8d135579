"use client";
import { type CredentialView, identityText } from "@/features/security/words";
import { Button } from "@/ui/button";
import { CopyButton } from "@/ui/copy-button";
import { DialogFooter } from "@/ui/dialog";
import { Problem } from "@/ui/problem";

/** For a dialog while it shows a new key: neither Escape nor a click beside it closes it, for the key is not shown again. */
export const keptOpen = {
  onEscapeKeyDown: (event: Event) => event.preventDefault(),
  onInteractOutside: (event: Event) => event.preventDefault(),
} as const;

/** A key that was just made, for the one time that it can be read. It lives in this part of the page and nowhere else. */
export function NewKey({
  credential,
  hexKey,
  onDone,
}: {
  readonly credential: CredentialView;
  readonly hexKey: string;
  readonly onDone: () => void;
}) {
  const identity = identityText(credential.identity) ?? "";
  return (
    <>
      <Problem tone="warning">Write it into the light now: it is not shown again.</Problem>
      <dl className="flex flex-col gap-3 text-sm">
        <Secret term="Identity" value={identity} />
        <Secret term="Key (hexadecimal)" value={hexKey} />
      </dl>
      <DialogFooter>
        <Button variant="primary" onClick={onDone}>
          I have it
        </Button>
      </DialogFooter>
    </>
  );
}

function Secret({ term, value }: { readonly term: string; readonly value: string }) {
  return (
    <div>
      <dt className="text-xs text-muted-foreground">{term}</dt>
      <dd className="mt-0.5 flex items-center gap-1 rounded-md border bg-surface-muted py-1 pr-1 pl-2 font-mono text-xs break-all">
        <span className="min-w-0 flex-1">{value}</span>
        <CopyButton text={value} label={`Copy: ${term}`} />
      </dd>
    </div>
  );
}
