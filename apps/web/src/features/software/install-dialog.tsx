"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Package, Upload } from "lucide-react";
import Link from "next/link";
import { type FormEvent, useState } from "react";
import { isOffered, pieceName, type SoftwarePiece } from "@/features/software/software-words";
import { formatBytes, packageTitle } from "@/lib/format";
import { paths } from "@/lib/paths";
import { type RouterOutputs, useTRPC } from "@/lib/trpc";
import { Button } from "@/ui/button";
import { ChoiceCards } from "@/ui/choice-cards";
import { Dialog, DialogContent, DialogFooter } from "@/ui/dialog";
import { EmptyState } from "@/ui/empty-state";
import { ErrorState } from "@/ui/error-state";
import { Problem } from "@/ui/problem";
import { SearchInput } from "@/ui/search-input";
import { SkeletonRows } from "@/ui/skeleton";
import { Tick } from "@/ui/tick";

type Light = RouterOutputs["device"]["get"];

/** Packages shown at once; a search finds the others. */
const shownMax = 8;

/** Chooses an uploaded package for one piece of a light's software, and how it goes there. Open while `instance` is given. */
export function InstallDialog({
  light,
  pieces,
  instance,
  onClose,
}: {
  readonly light: Light;
  readonly pieces: readonly SoftwarePiece[];
  readonly instance: number | "new" | undefined;
  readonly onClose: () => void;
}) {
  const piece = pieces.find((each) => each.instance === instance);
  return (
    <Dialog open={instance !== undefined} onOpenChange={(open) => (open ? undefined : onClose())}>
      {instance === undefined ? null : (
        <DialogContent
          title={piece ? `Install a package on ${pieceName(piece)}` : "Add software to this light"}
          description={
            piece?.version
              ? `Version ${piece.version} stays in place until the new one is installed.`
              : "The light makes a place for it and receives the package there."
          }
        >
          <InstallForm light={light} instance={instance} onClose={onClose} />
        </DialogContent>
      )}
    </Dialog>
  );
}

function InstallForm({
  light,
  instance,
  onClose,
}: {
  readonly light: Light;
  readonly instance: number | "new";
  readonly onClose: () => void;
}) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const packages = useQuery(trpc.firmware.list.queryOptions({}));
  const install = useMutation(trpc.software.install.mutationOptions());
  const [packageId, setPackageId] = useState<string | null>(null);
  const [search, setSearch] = useState("");
  const [delivery, setDelivery] = useState<"push" | "pull">("push");
  const [atOnce, setAtOnce] = useState(true);
  const [activates, setActivates] = useState(true);
  const [problem, setProblem] = useState<string>();

  if (packages.isError) return <ErrorState error={packages.error} onRetry={() => void packages.refetch()} />;
  if (packages.isPending) return <SkeletonRows rows={3} label="Loading packages" />;
  const offered = packages.data.filter((each) => isOffered(each, light));
  if (offered.length === 0) {
    return (
      <EmptyState
        icon={Package}
        title="No software package fits this light yet"
        className="py-4"
        action={
          <Button asChild variant="primary">
            <Link href={paths.firmwareUpload("software")}>
              <Upload aria-hidden="true" /> Upload software
            </Link>
          </Button>
        }
      >
        Upload a driver or radio image first.
      </EmptyState>
    );
  }
  const words = search.trim().toLowerCase();
  const found = offered.filter(
    ({ id, name, version }) => id === packageId || `${name} ${version}`.toLowerCase().includes(words),
  );
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setProblem(packageId === null ? "Choose a package." : undefined);
    if (packageId === null) return;
    try {
      const installs = atOnce ? "at-once" : "when-told";
      await install.mutateAsync({ deviceId: light.id, instance, packageId, delivery, installs, activates });
      await queries.invalidateQueries(trpc.software.list.queryFilter({ deviceId: light.id }));
      onClose();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      {offered.length > shownMax ? <SearchInput label="Search packages" value={search} onChange={setSearch} /> : null}
      <h3 className="-mb-2 text-sm font-medium">Package</h3>
      <ChoiceCards
        label="Package"
        value={packageId}
        onChange={setPackageId}
        choices={found.slice(0, shownMax).map((each) => ({
          value: each.id,
          title: packageTitle(each),
          description: `${formatBytes(each.bytes)}, for ${each.models.join(", ") || "any model"}`,
        }))}
      />
      {found.length > shownMax ? (
        <p className="text-xs text-muted-foreground">{found.length - shownMax} more: search to find them.</p>
      ) : null}
      <h3 className="-mb-2 text-sm font-medium">How it gets there</h3>
      <ChoiceCards
        label="How it gets there"
        value={delivery}
        onChange={setDelivery}
        choices={[
          { value: "push", title: "Send it", description: "The server sends it, block by block." },
          { value: "pull", title: "Let it fetch", description: "The light is told where, and fetches it itself." },
        ]}
      />
      <div className="flex flex-col gap-2">
        <Tick label="Install it as soon as it is delivered" checked={atOnce} onChange={setAtOnce} />
        <Tick label="Activate it once it is installed" checked={activates} onChange={setActivates} />
      </div>
      {problem ? <Problem>{problem}</Problem> : null}
      <DialogFooter>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" busy={install.isPending}>
          {atOnce ? "Install" : "Deliver"}
        </Button>
      </DialogFooter>
    </form>
  );
}
