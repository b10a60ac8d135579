import type { Metadata } from "next";
import { FirmwarePage } from "@/features/firmware/firmware-page";

export const metadata: Metadata = { title: "Firmware" };

export default function Page() {
  return <FirmwarePage />;
}
