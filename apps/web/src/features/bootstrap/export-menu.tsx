"use client";
import { useMutation } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { useRefusal } from "@/lib/session";
import { type RouterInputs, useTRPC } from "@/lib/trpc";
import { Button } from "@/ui/button";
import { DropdownMenu, DropdownMenuContent, DropdownMenuItem, DropdownMenuTrigger } from "@/ui/dropdown-menu";
import { toast } from "@/ui/toast";

type Wanted = Omit<RouterInputs["bootstrap"]["export"], "id">;

const choices: readonly { readonly label: string; readonly wanted: Wanted }[] = [
  { label: "For the factory: all accounts (JSON)", wanted: { kind: "factory" } },
  { label: "For the factory: bootstrap account alone (JSON)", wanted: { kind: "factory", onlyBootstrap: true } },
  { label: "For a card: all accounts (EF LwM2M_Bootstrap)", wanted: { kind: "smartcard" } },
  { label: "For a card: bootstrap account alone", wanted: { kind: "smartcard", onlyBootstrap: true } },
];

/** A configuration as a file, with which lights are prepared before they are put up. */
export function ExportMenu({ id }: { readonly id: string }) {
  const trpc = useTRPC();
  const refusal = useRefusal("bootstrap.write");
  const file = useMutation(trpc.bootstrap.export.mutationOptions());
  const save = async (wanted: Wanted) => {
    try {
      const { fileName, base64 } = await file.mutateAsync({ id, ...wanted });
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      const url = URL.createObjectURL(new Blob([bytes]));
      Object.assign(document.createElement("a"), { href: url, download: fileName }).click();
      URL.revokeObjectURL(url);
    } catch (error) {
      toast.error(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild>
        <Button disabledReason={refusal} busy={file.isPending}>
          <Download aria-hidden="true" />
          Export
        </Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent align="end">
        {choices.map(({ label, wanted }) => (
          <DropdownMenuItem key={label} onSelect={() => void save(wanted)}>
            {label}
          </DropdownMenuItem>
        ))}
      </DropdownMenuContent>
    </DropdownMenu>
  );
}
