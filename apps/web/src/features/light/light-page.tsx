"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Check, Map as MapIcon, Rocket, Trash2, X } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import { BootstrapTab } from "@/features/bootstrap/bootstrap-tab";
import { FirmwareTab } from "@/features/light/firmware-tab";
import { IdentityCard } from "@/features/light/identity-card";
import { LiveValues } from "@/features/light/live-values";
import { ObjectTree } from "@/features/light/object-tree";
import { OperationsProvider } from "@/features/light/operations";
import { PlaceCard } from "@/features/light/place-card";
import { QueueCard } from "@/features/light/queue-card";
import { LightTimeline } from "@/features/light/timeline";
import { SecurityOfLight } from "@/features/security/security-of-light";
import { SoftwareTab } from "@/features/software/software-tab";
import { TraceTab } from "@/features/trace/trace-tab";
import { keepTarget } from "@/lib/chosen-target";
import { useLiveFocus } from "@/lib/live";
import { usePageTitle } from "@/lib/page-title";
import { paths } from "@/lib/paths";
import { useRefusal } from "@/lib/session";
import { type RouterOutputs, refusalOf, useTRPC } from "@/lib/trpc";
import { Badge } from "@/ui/badge";
import { Button, buttonVariants } from "@/ui/button";
import { Confirm } from "@/ui/confirm";
import { ErrorState } from "@/ui/error-state";
import { PageFrame } from "@/ui/page-frame";
import { PageHeader } from "@/ui/page-header";
import { SkeletonRows } from "@/ui/skeleton";
import { JobStateBadge, PresenceBadge } from "@/ui/status-badge";
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/ui/tabs";
import { toast } from "@/ui/toast";

const tabs = ["overview", "objects", "timeline", "firmware", "software", "bootstrap", "security", "trace"] as const;

/** Everything about one light. */
export function LightPage({ id }: { readonly id: string }) {
  const trpc = useTRPC();
  const [tab, setTab] = useQueryState("tab", parseAsStringLiteral(tabs).withDefault("overview"));
  const light = useQuery(trpc.device.get.queryOptions({ id }));
  useLiveFocus({ deviceId: id });
  usePageTitle(light.data ? (light.data.name ?? light.data.endpoint) : undefined);

  if (light.isPending) {
    return (
      <PageFrame>
        <SkeletonRows rows={10} label="Loading light" />
      </PageFrame>
    );
  }
  if (light.isError) {
    return (
      <PageFrame>
        <ErrorState
          title={
            refusalOf(light.error)?.code === "NOT_FOUND" ? "There is no such light" : "The light could not be loaded"
          }
          error={light.error}
          onRetry={() => void light.refetch()}
        />
        <Link href={paths.lights()} className={buttonVariants({ className: "self-center" })}>
          All lights
        </Link>
      </PageFrame>
    );
  }
  const { data } = light;
  return (
    <PageFrame>
      <PageHeader
        title={data.name ?? data.endpoint}
        crumbs={[{ label: "Lights", href: paths.lights() }]}
        badge={
          <>
            <PresenceBadge presence={data.presence} />
            {data.activeJob ? (
              <Link href={paths.campaign(data.activeJob.campaignId, { job: data.activeJob.jobId })}>
                <JobStateBadge state={data.activeJob.state} />
              </Link>
            ) : null}
            {data.demo ? <Badge tone="outline">demo</Badge> : null}
          </>
        }
        description={[data.model, data.firmwareVersion, data.street].filter(Boolean).join(" · ") || data.endpoint}
        actions={<LightActions light={data} />}
      />
      {data.queueMode && data.presence !== "pending" ? <QueueCard deviceId={id} /> : null}
      <OperationsProvider key={id} deviceId={id} queueMode={data.queueMode}>
        <Tabs value={tab} onValueChange={(next) => void setTab(next as (typeof tabs)[number])}>
          <TabsList aria-label="About this light">
            <TabsTrigger value="overview">Overview</TabsTrigger>
            <TabsTrigger value="objects">Objects</TabsTrigger>
            <TabsTrigger value="timeline">Timeline</TabsTrigger>
            <TabsTrigger value="firmware">Firmware</TabsTrigger>
            <TabsTrigger value="software">Software</TabsTrigger>
            <TabsTrigger value="bootstrap">Bootstrap</TabsTrigger>
            <TabsTrigger value="security">Security</TabsTrigger>
            <TabsTrigger value="trace">Trace</TabsTrigger>
          </TabsList>
          <TabsContent value="overview" className="grid items-start gap-4 lg:grid-cols-2">
            <div className="flex flex-col gap-4">
              <IdentityCard light={data} />
              <LiveValues deviceId={id} />
            </div>
            <PlaceCard key={data.id} light={data} />
          </TabsContent>
          <TabsContent value="objects">
            <ObjectTree deviceId={id} />
          </TabsContent>
          <TabsContent value="timeline">
            <LightTimeline deviceId={id} />
          </TabsContent>
          <TabsContent value="firmware">
            <FirmwareTab deviceId={id} />
          </TabsContent>
          <TabsContent value="software">
            <SoftwareTab light={data} />
          </TabsContent>
          <TabsContent value="bootstrap">
            <BootstrapTab deviceId={id} />
          </TabsContent>
          <TabsContent value="security">
            <SecurityOfLight light={{ deviceId: id }} />
          </TabsContent>
          <TabsContent value="trace">
            <TraceTab deviceId={id} name={data.name ?? data.endpoint} />
          </TabsContent>
        </Tabs>
      </OperationsProvider>
    </PageFrame>
  );
}

function LightActions({ light }: { readonly light: RouterOutputs["device"]["get"] }) {
  const trpc = useTRPC();
  const router = useRouter();
  const queries = useQueryClient();
  const accept = useMutation(trpc.device.accept.mutationOptions());
  const reject = useMutation(trpc.device.reject.mutationOptions());
  const remove = useMutation(trpc.device.remove.mutationOptions());
  const enrolRefusal = useRefusal("device.enrol");
  const removeRefusal = useRefusal("device.remove");
  const campaignRefusal = useRefusal("campaign.write");
  const name = light.name ?? light.endpoint;
  const leave = async () => {
    router.push(paths.lights());
    await queries.invalidateQueries(trpc.device.list.pathFilter());
  };
  return (
    <>
      {light.presence === "pending" ? (
        <>
          <Button
            variant="primary"
            disabledReason={enrolRefusal}
            busy={accept.isPending}
            onClick={async () => {
              try {
                await accept.mutateAsync({ ids: [light.id] });
                await queries.invalidateQueries(trpc.device.pathFilter());
                toast.success(`${name} was accepted.`);
              } catch (error) {
                toast.error(error instanceof Error ? error.message : String(error));
              }
            }}
          >
            <Check aria-hidden="true" />
            Accept
          </Button>
          <Confirm
            title={`Reject ${name}?`}
            description={
              <p>Its registration is dropped and it leaves the list. If it tries again it is pending again.</p>
            }
            action="Reject light"
            danger
            onConfirm={async () => {
              await reject.mutateAsync({ ids: [light.id] });
              await leave();
            }}
          >
            <Button disabledReason={enrolRefusal}>
              <X aria-hidden="true" />
              Reject
            </Button>
          </Confirm>
        </>
      ) : null}
      <Button
        disabledReason={campaignRefusal}
        onClick={() =>
          router.push(paths.campaignNew({ target: keepTarget({ kind: "devices", deviceIds: [light.id] }) }))
        }
      >
        <Rocket aria-hidden="true" />
        New campaign
      </Button>
      {light.latitude === null ? null : (
        <Link href={paths.map({ text: light.endpoint })} className={buttonVariants()}>
          <MapIcon aria-hidden="true" />
          Show on map
        </Link>
      )}
      <Confirm
        title={`Remove ${name}?`}
        description={
          <p>
            It leaves the inventory with its readings and history, and its keys are taken away, if it has any. If it
            registers again it comes back as a new light, as the enrolment policy allows.
          </p>
        }
        action="Remove light"
        danger
        onConfirm={async () => {
          await remove.mutateAsync({ ids: [light.id] });
          await leave();
        }}
      >
        <Button variant="danger-outline" disabledReason={removeRefusal}>
          <Trash2 aria-hidden="true" />
          Remove
        </Button>
      </Confirm>
    </>
  );
}
