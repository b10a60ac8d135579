import type { Metadata } from "next";
import { ImportPage } from "@/features/lights/import-page";

export const metadata: Metadata = { title: "Import lights" };

export default function Page() {
  return <ImportPage />;
}
