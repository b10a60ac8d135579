import type { Metadata } from "next";
import { ImportKeysPage } from "@/features/security/import-keys-page";

export const metadata: Metadata = { title: "Import keys" };

export default function Page() {
  return <ImportKeysPage />;
}
