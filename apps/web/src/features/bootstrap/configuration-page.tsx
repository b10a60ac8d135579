"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { ConfigurationForm } from "@/features/bootstrap/configuration-form";
import { draftOf, inputOf } from "@/features/bootstrap/draft";
import { ExportMenu } from "@/features/bootstrap/export-menu";
import { paths } from "@/lib/paths";
import { useRefusal } from "@/lib/session";
import { refusalOf, useTRPC } from "@/lib/trpc";
import { Button, buttonVariants } from "@/ui/button";
import { Confirm } from "@/ui/confirm";
import { ErrorState } from "@/ui/error-state";
import { PageFrame } from "@/ui/page-frame";
import { PageHeader } from "@/ui/page-header";
import { SkeletonRows } from "@/ui/skeleton";
import { toast } from "@/ui/toast";

/** One bootstrap configuration: looked at, changed, exported, removed. */
export function ConfigurationPage({ id }: { readonly id: string }) {
  const trpc = useTRPC();
  const router = useRouter();
  const queries = useQueryClient();
  const refusal = useRefusal("bootstrap.write");
  const configuration = useQuery(trpc.bootstrap.get.queryOptions({ id }));
  const update = useMutation(trpc.bootstrap.update.mutationOptions());
  const remove = useMutation(trpc.bootstrap.remove.mutationOptions());
  const crumbs = [{ label: "Bootstrap", href: paths.bootstrap() }];
  if (configuration.isPending) {
    return (
      <PageFrame className="max-w-5xl">
        <SkeletonRows rows={10} label="Loading configuration" />
      </PageFrame>
    );
  }
  if (configuration.isError) {
    return (
      <PageFrame>
        <ErrorState
          title={
            refusalOf(configuration.error)?.code === "NOT_FOUND"
              ? "There is no such configuration"
              : "The configuration could not be loaded"
          }
          error={configuration.error}
          onRetry={() => void configuration.refetch()}
        />
        <Link href={paths.bootstrap()} className={buttonVariants({ className: "self-center" })}>
          All configurations
        </Link>
      </PageFrame>
    );
  }
  const { data } = configuration;
  return (
    <PageFrame className="max-w-5xl">
      <PageHeader
        title={data.name}
        crumbs={crumbs}
        description="A change holds from the next bootstrap; lights that have their accounts keep them until then."
        actions={
          <>
            <ExportMenu id={id} />
            <Confirm
              title={`Remove “${data.name}”?`}
              description={
                <p>
                  Lights keep what they have. At their next bootstrap they get the next configuration that is for them;
                  if there is none, they are refused.
                </p>
              }
              action="Remove configuration"
              danger
              onConfirm={async () => {
                await remove.mutateAsync({ id });
                await queries.invalidateQueries(trpc.bootstrap.list.pathFilter());
                router.push(paths.bootstrap());
              }}
            >
              <Button variant="danger-outline" disabledReason={refusal}>
                <Trash2 aria-hidden="true" />
                Remove
              </Button>
            </Confirm>
          </>
        }
      />
      <ConfigurationForm
        // What somebody else saved meanwhile must not stay hidden behind a form of before.
        key={data.updatedAt}
        initial={draftOf(data)}
        action="Save changes"
        busy={update.isPending}
        error={update.error?.message}
        onCancel={() => router.push(paths.bootstrap())}
        onSubmit={(draft) =>
          update.mutate(
            { id, ...inputOf(draft) },
            {
              onSuccess: (saved) => {
                queries.setQueryData(trpc.bootstrap.get.queryKey({ id }), saved);
                toast.success(`“${saved.name}” was saved.`);
              },
            },
          )
        }
      />
    </PageFrame>
  );
}
