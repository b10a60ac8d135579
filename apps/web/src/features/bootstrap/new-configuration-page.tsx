"use client";
import { useMutation } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { ConfigurationForm } from "@/features/bootstrap/configuration-form";
import { inputOf, newDraft } from "@/features/bootstrap/draft";
import { paths } from "@/lib/paths";
import { useSession } from "@/lib/session";
import { useTRPC } from "@/lib/trpc";
import { PageFrame } from "@/ui/page-frame";
import { PageHeader } from "@/ui/page-header";

/** Writes what lights get when they bootstrap. */
export function NewConfigurationPage() {
  const trpc = useTRPC();
  const router = useRouter();
  const { installation } = useSession();
  const create = useMutation(trpc.bootstrap.create.mutationOptions());
  return (
    <PageFrame className="max-w-5xl">
      <PageHeader title="New bootstrap configuration" crumbs={[{ label: "Bootstrap", href: paths.bootstrap() }]} />
      <ConfigurationForm
        initial={newDraft(installation.newLightsUri)}
        action="Create configuration"
        busy={create.isPending}
        error={create.error?.message}
        onCancel={() => router.push(paths.bootstrap())}
        onSubmit={(draft) => create.mutate(inputOf(draft), { onSuccess: () => router.push(paths.bootstrap()) })}
      />
    </PageFrame>
  );
}
