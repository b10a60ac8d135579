import type { Metadata } from "next";
import { PackagePage } from "@/features/firmware/package-page";

export const metadata: Metadata = { title: "Firmware" };

export default async function Page({ params }: { readonly params: Promise<{ readonly id: string }> }) {
  return <PackagePage id={(await params).id} />;
}
