import type { Metadata } from "next";
import { LightPage } from "@/features/light/light-page";

export const metadata: Metadata = { title: "Light" };

export default async function Page({ params }: { readonly params: Promise<{ readonly id: string }> }) {
  const { id } = await params;
  return <LightPage id={id} />;
}
