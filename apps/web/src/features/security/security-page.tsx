"use client";
import { useQuery } from "@tanstack/react-query";
import { FileUp, KeySquare } from "lucide-react";
import Link from "next/link";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import { useState } from "react";
import { ClearRuleCard } from "@/features/security/clear-rule-card";
import { CredentialDialog } from "@/features/security/credential-dialog";
import { SecurityEvents } from "@/features/security/security-events";
import { SecurityLights } from "@/features/security/security-lights";
import { SecurityTiles } from "@/features/security/security-tiles";
import { paths } from "@/lib/paths";
import { useRefusal } from "@/lib/session";
import { useTRPC } from "@/lib/trpc";
import { Button, buttonVariants } from "@/ui/button";
import { CopyButton } from "@/ui/copy-button";
import { ErrorState } from "@/ui/error-state";
import { PageFrame } from "@/ui/page-frame";
import { PageHeader } from "@/ui/page-header";
import { SkeletonRows } from "@/ui/skeleton";
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/ui/tabs";

const tabs = ["lights", "events"] as const;

/** How the fleet is protected: who proves what, who speaks in the clear, and what went wrong. */
export function SecurityPage() {
  const trpc = useTRPC();
  const [tab, setTab] = useQueryState("tab", parseAsStringLiteral(tabs).withDefault("lights"));
  const summary = useQuery(trpc.security.summary.queryOptions());
  const refusal = useRefusal("security.write");
  const [isGiving, setGiving] = useState(false);
  return (
    <PageFrame>
      <PageHeader
        title="Security"
        description={
          summary.data ? (
            <>
              Lights with a key or a certificate register at{" "}
              <code className="font-mono wrap-anywhere">{summary.data.coapsUri}</code>.{" "}
              <CopyButton text={summary.data.coapsUri} label="Copy the address for protected lights" /> Those with a key
              for the bootstrap server alone are brought the rest at{" "}
              <code className="font-mono wrap-anywhere">{summary.data.bootstrapCoapsUri}</code>.
            </>
          ) : (
            "Who proves what, and who speaks in the clear."
          )
        }
        actions={
          <>
            <Link href={paths.securityImport()} className={buttonVariants()}>
              <FileUp aria-hidden="true" />
              Import keys
            </Link>
            <Button variant="primary" disabledReason={refusal} onClick={() => setGiving(true)}>
              <KeySquare aria-hidden="true" />
              Give a light a key
            </Button>
          </>
        }
      />
      {summary.isPending ? (
        <SkeletonRows rows={3} label="Loading security" />
      ) : summary.isError ? (
        <ErrorState error={summary.error} onRetry={() => void summary.refetch()} />
      ) : (
        <>
          <SecurityTiles summary={summary.data} />
          <ClearRuleCard summary={summary.data} />
        </>
      )}
      <Tabs value={tab} onValueChange={(next) => void setTab(next as (typeof tabs)[number])}>
        <TabsList aria-label="Security">
          <TabsTrigger value="lights">Lights</TabsTrigger>
          <TabsTrigger value="events">Events</TabsTrigger>
        </TabsList>
        <TabsContent value="lights">
          <SecurityLights />
        </TabsContent>
        <TabsContent value="events">
          <SecurityEvents isFiltered />
        </TabsContent>
      </Tabs>
      <CredentialDialog open={isGiving} onOpenChange={setGiving} />
    </PageFrame>
  );
}
