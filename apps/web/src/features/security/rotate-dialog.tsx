"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { keptOpen, NewKey } from "@/features/security/new-key";
import type { CredentialView, SecurityLight } from "@/features/security/words";
import { useTRPC } from "@/lib/trpc";
import { Button } from "@/ui/button";
import { ChoiceCards } from "@/ui/choice-cards";
import { Dialog, DialogContent, DialogFooter } from "@/ui/dialog";
import { Problem } from "@/ui/problem";
import { toast } from "@/ui/toast";

type How = "bootstrap" | "by-hand";

/** Gives a light a new key; the old one stays good until the light uses the new one. */
export function RotateDialog({
  open,
  onOpenChange,
  security,
}: {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly security: SecurityLight;
}) {
  const [isShown, setShown] = useState(false);
  const close = (next: boolean) => {
    setShown(false);
    onOpenChange(next);
  };
  return (
    <Dialog open={open} onOpenChange={close}>
      {open ? (
        <DialogContent
          title="Replace the key"
          description="The old key stays good until the light first uses the new one, so that it is not lost on the way."
          {...(isShown ? keptOpen : {})}
        >
          <RotateForm security={security} onShown={() => setShown(true)} onClose={() => close(false)} />
        </DialogContent>
      ) : null}
    </Dialog>
  );
}

function RotateForm({
  security,
  onShown,
  onClose,
}: {
  readonly security: SecurityLight;
  readonly onShown: () => void;
  readonly onClose: () => void;
}) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const rotate = useMutation(trpc.security.rotate.mutationOptions());
  const { endpoint, rotationByBootstrap: byBootstrap } = security;
  const [how, setHow] = useState<How>(byBootstrap.possible ? "bootstrap" : "by-hand");
  const [problem, setProblem] = useState<string>();
  const [made, setMade] = useState<{ readonly credential: CredentialView; readonly hexKey: string }>();
  if (made) return <NewKey {...made} onDone={onClose} />;
  const submit = async () => {
    setProblem(undefined);
    try {
      const { credential, key, told } = await rotate.mutateAsync({ endpoint, how });
      await queries.invalidateQueries(trpc.security.pathFilter());
      if (key !== null) {
        onShown();
        return setMade({ credential, hexKey: key });
      }
      if (told?.kind === "failed")
        return setProblem(`A new key waits, but the light could not be told: ${told.message}`);
      toast.success("The light was told to fetch its new key.");
      onClose();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  const refusal = how === "bootstrap" && !byBootstrap.possible ? byBootstrap.why : undefined;
  return (
    <>
      <ChoiceCards
        label="How the new key gets to the light"
        value={how}
        onChange={setHow}
        className="sm:grid-cols-1"
        choices={[
          {
            ...{ value: "bootstrap", title: "By its bootstrap server" },
            description: byBootstrap.possible
              ? "The light is told to ask its bootstrap server, which brings it the new key."
              : byBootstrap.why,
          },
          { value: "by-hand", title: "By hand", description: "The new key is shown once, to be put in by a person." },
        ]}
      />
      {problem ? <Problem>{problem}</Problem> : null}
      <DialogFooter>
        <Button onClick={onClose}>Cancel</Button>
        <Button variant="primary" busy={rotate.isPending} disabledReason={refusal} onClick={() => void submit()}>
          Replace the key
        </Button>
      </DialogFooter>
    </>
  );
}
