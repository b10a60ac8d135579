import type { Metadata } from "next";
import { NewGroupPage } from "@/features/groups/new-group-page";

export const metadata: Metadata = { title: "New group" };

export default function Page() {
  return <NewGroupPage />;
}
