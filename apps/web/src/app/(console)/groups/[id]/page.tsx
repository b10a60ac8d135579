import type { Metadata } from "next";
import { GroupPage } from "@/features/groups/group-page";

export const metadata: Metadata = { title: "Group" };

export default async function Page({ params }: { readonly params: Promise<{ readonly id: string }> }) {
  return <GroupPage id={(await params).id} />;
}
