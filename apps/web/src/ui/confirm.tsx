"use client";
import { CircleAlert } from "lucide-react";
import { type ReactElement, type ReactNode, useState } from "react";
import { AlertDialog, AlertDialogCancel, AlertDialogContent, AlertDialogTrigger } from "@/ui/alert-dialog";
import { Button } from "@/ui/button";

/**
 * Asks before something is done that cannot simply be undone. Say in `description` what will happen, with counts.
 *
 * The dialog stays open while `onConfirm` runs and shows its error in place; it closes when the promise resolves.
 * Give `children` as the button that opens it, or `open` and `onOpenChange` to open it from elsewhere.
 */
export function Confirm({
  title,
  description,
  action,
  dismiss = "Cancel",
  danger = false,
  onConfirm,
  open,
  onOpenChange,
  children,
}: {
  readonly title: string;
  readonly description: ReactNode;
  /** The verb on the button, e.g. "Remove 3 lights". */
  readonly action: string;
  /** The word for leaving things as they are, where "Cancel" would be a second meaning of the verb. */
  readonly dismiss?: string;
  readonly danger?: boolean;
  readonly onConfirm: () => Promise<unknown>;
  readonly open?: boolean;
  readonly onOpenChange?: (open: boolean) => void;
  readonly children?: ReactElement;
}) {
  const [ownOpen, setOwnOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const isOpen = open ?? ownOpen;
  const change = (next: boolean) => {
    if (busy) return;
    setError(undefined);
    setOwnOpen(next);
    onOpenChange?.(next);
  };
  const confirm = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await onConfirm();
      setOwnOpen(false);
      onOpenChange?.(false);
    } catch (cause) {
      setError(cause instanceof Error ? cause.message : String(cause));
    } finally {
      setBusy(false);
    }
  };
  return (
    <AlertDialog open={isOpen} onOpenChange={change}>
      {children ? <AlertDialogTrigger asChild>{children}</AlertDialogTrigger> : null}
      <AlertDialogContent title={title} description={description}>
        {error ? (
          <p role="alert" className="flex items-start gap-1.5 rounded-md bg-bad-soft p-2 text-sm text-bad">
            <CircleAlert className="mt-0.5 size-4 shrink-0" aria-hidden="true" />
            {error}
          </p>
        ) : null}
        <div className="flex flex-col-reverse gap-2 sm:flex-row sm:justify-end">
          <AlertDialogCancel asChild>
            <Button disabled={busy}>{dismiss}</Button>
          </AlertDialogCancel>
          <Button variant={danger ? "danger" : "primary"} busy={busy} onClick={confirm}>
            {action}
          </Button>
        </div>
      </AlertDialogContent>
    </AlertDialog>
  );
}
