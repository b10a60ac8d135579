import type { Metadata } from "next";
import { ObjectModelPage } from "@/features/object-models/object-model-page";

export const metadata: Metadata = { title: "Object model" };

export default async function Page({
  params,
}: {
  readonly params: Promise<{ readonly id: string; readonly version: string }>;
}) {
  const { id, version } = await params;
  return <ObjectModelPage id={Number(id)} version={decodeURIComponent(version)} />;
}
