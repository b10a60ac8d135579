import type { Metadata } from "next";
import { ConfigurationPage } from "@/features/bootstrap/configuration-page";

export const metadata: Metadata = { title: "Bootstrap configuration" };

export default async function Page({ params }: { readonly params: Promise<{ readonly id: string }> }) {
  return <ConfigurationPage id={(await params).id} />;
}
