import type { Metadata } from "next";
import { NewConfigurationPage } from "@/features/bootstrap/new-configuration-page";

export const metadata: Metadata = { title: "New bootstrap configuration" };

export default function Page() {
  return <NewConfigurationPage />;
}
