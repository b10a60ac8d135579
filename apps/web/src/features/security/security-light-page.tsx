"use client";
import { SecurityOfLight } from "@/features/security/security-of-light";
import { usePageTitle } from "@/lib/page-title";
import { paths } from "@/lib/paths";
import { PageFrame } from "@/ui/page-frame";
import { PageHeader } from "@/ui/page-header";

/** What a light proves itself with that is not in the inventory yet: keys come before lights. */
export function SecurityLightPage({ endpoint }: { readonly endpoint: string }) {
  usePageTitle(endpoint);
  return (
    <PageFrame>
      <PageHeader
        title={endpoint}
        description="What this light proves itself with."
        crumbs={[{ label: "Security", href: paths.security() }]}
      />
      <SecurityOfLight light={{ endpoint }} />
    </PageFrame>
  );
}
