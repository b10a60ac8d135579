"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { keptOpen, NewKey } from "@/features/security/new-key";
import type { CredentialView } from "@/features/security/words";
import { type RouterInputs, useTRPC } from "@/lib/trpc";
import { Button } from "@/ui/button";
import { ChoiceCards } from "@/ui/choice-cards";
import { Dialog, DialogContent, DialogFooter } from "@/ui/dialog";
import { FormField } from "@/ui/form-field";
import { Input } from "@/ui/input";
import { Problem } from "@/ui/problem";
import { toast } from "@/ui/toast";

type Wanted = RouterInputs["security"]["setCredential"];
type Way = "made-here" | "psk" | "rpk" | "x509" | "no-sec";

const ways: readonly { readonly value: Way; readonly title: string; readonly description: string }[] = [
  { value: "made-here", title: "A key made here", description: "Shown once, to be put into the light." },
  { value: "psk", title: "A key that it has", description: "Identity and key as the maker gave them." },
  { value: "rpk", title: "Its public key", description: "The light keeps the private one." },
  { value: "x509", title: "The name in its certificate", description: "From an authority that this server trusts." },
  { value: "no-sec", title: "In the clear", description: "It speaks without protection. For trials." },
];

/** Says what a light proves itself with, in place of what it had. Without `endpoint` it asks for the light's name as well. */
export function CredentialDialog({
  open,
  onOpenChange,
  endpoint,
}: {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly endpoint?: string;
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
          title={endpoint === undefined ? "Give a light a key" : "Set what it proves itself with"}
          description="It holds at once, in place of what the light had."
          {...(isShown ? keptOpen : {})}
        >
          <CredentialForm endpoint={endpoint} onShown={() => setShown(true)} onClose={() => close(false)} />
        </DialogContent>
      ) : null}
    </Dialog>
  );
}

function CredentialForm({
  endpoint,
  onShown,
  onClose,
}: {
  readonly endpoint: string | undefined;
  readonly onShown: () => void;
  readonly onClose: () => void;
}) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const set = useMutation(trpc.security.setCredential.mutationOptions());
  const summary = useQuery(trpc.security.summary.queryOptions());
  const [way, setWay] = useState<Way>("made-here");
  const [purpose, setPurpose] = useState<"server" | "bootstrap">("server");
  const [name, setName] = useState(endpoint ?? "");
  const [identity, setIdentity] = useState("");
  const [key, setKey] = useState("");
  const [problem, setProblem] = useState<string>();
  const [made, setMade] = useState<{ readonly credential: CredentialView; readonly hexKey: string }>();
  if (made) return <NewKey {...made} onDone={onClose} />;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setProblem(undefined);
    try {
      const answer = await set.mutateAsync(
        inputOf({ endpoint: name.trim(), purpose, way, identity: identity.trim(), key }),
      );
      await queries.invalidateQueries(trpc.security.pathFilter());
      if (answer.key !== null) {
        onShown();
        return setMade({ credential: answer.credential, hexKey: answer.key });
      }
      toast.success(`What ${name.trim()} proves itself with was set.`);
      onClose();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4" autoComplete="off">
      {endpoint === undefined ? (
        <FormField label="Endpoint name" hint="The light need not have been seen yet.">
          <Input value={name} onChange={(event) => setName(event.target.value)} />
        </FormField>
      ) : null}
      <ChoiceCards label="What it proves itself with" value={way} onChange={setWay} choices={ways} />
      {way === "x509" && summary.data?.trustsAuthorities === false ? (
        <Problem tone="warning">
          This server trusts no authority yet, so no certificate lets a light in. Start it with{" "}
          <code className="font-mono wrap-anywhere">LAMPLIGHTER_DTLS_ROOTS_FILE</code>.
        </Problem>
      ) : null}
      {way === "made-here" || way === "psk" || way === "x509" ? (
        <FormField
          label={way === "x509" ? "Name in the certificate" : "Identity"}
          optional={way !== "x509"}
          hint={
            way === "x509"
              ? "Its common name, or a name among the alternative ones."
              : "Its endpoint name if left empty."
          }
        >
          <Input value={identity} onChange={(event) => setIdentity(event.target.value)} />
        </FormField>
      ) : null}
      {way === "psk" ? (
        <FormField label="Key" hint="16 to 64 bytes, hexadecimal or base64. It is stored sealed and never shown.">
          <Input
            type="password"
            autoComplete="new-password"
            value={key}
            onChange={(event) => setKey(event.target.value)}
          />
        </FormField>
      ) : null}
      {way === "rpk" ? (
        <FormField label="Public key" hint="SubjectPublicKeyInfo on secp256r1: PEM, base64 or hexadecimal.">
          <Input className="font-mono" value={key} onChange={(event) => setKey(event.target.value)} />
        </FormField>
      ) : null}
      <div className="flex flex-col gap-1.5">
        <span aria-hidden="true" className="font-medium">
          To whom it proves itself
        </span>
        <ChoiceCards
          label="To whom it proves itself"
          value={purpose}
          onChange={setPurpose}
          choices={[
            { value: "server", title: "This server", description: "Where it registers." },
            { value: "bootstrap", title: "The bootstrap server", description: "Which brings it its other keys." },
          ]}
        />
      </div>
      {problem ? <Problem>{problem}</Problem> : null}
      <DialogFooter>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" busy={set.isPending}>
          {way === "made-here" ? "Make the key" : "Set"}
        </Button>
      </DialogFooter>
    </form>
  );
}

function inputOf(form: {
  readonly endpoint: string;
  readonly purpose: "server" | "bootstrap";
  readonly way: Way;
  readonly identity: string;
  readonly key: string;
}): Wanted {
  const { endpoint, purpose, way, identity, key } = form;
  const named = identity === "" ? {} : { identity };
  switch (way) {
    case "made-here":
      return { endpoint, purpose, mode: "psk", ...named };
    case "psk":
      return { endpoint, purpose, mode: "psk", key, ...named };
    case "rpk":
      return { endpoint, purpose, mode: "rpk", publicKey: key };
    case "x509":
      return { endpoint, purpose, mode: "x509", ...named };
    case "no-sec":
      return { endpoint, purpose, mode: "no-sec" };
  }
}
