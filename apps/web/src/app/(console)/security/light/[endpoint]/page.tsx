import type { Metadata } from "next";
import { SecurityLightPage } from "@/features/security/security-light-page";

export const metadata: Metadata = { title: "Security of a light" };

export default async function Page({ params }: { readonly params: Promise<{ readonly endpoint: string }> }) {
  return <SecurityLightPage endpoint={decodeURIComponent((await params).endpoint)} />;
}
