import type { Metadata } from "next";
import { UploadPage } from "@/features/firmware/upload-page";

export const metadata: Metadata = { title: "Upload firmware" };

export default function Page() {
  return <UploadPage />;
}
