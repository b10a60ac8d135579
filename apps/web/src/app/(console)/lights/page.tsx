import type { Metadata } from "next";
import { LightsPage } from "@/features/lights/lights-page";

export const metadata: Metadata = { title: "Lights" };

export default function Page() {
  return <LightsPage />;
}
