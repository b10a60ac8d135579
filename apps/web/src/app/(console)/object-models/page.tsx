import type { Metadata } from "next";
import { ObjectModelsPage } from "@/features/object-models/object-models-page";

export const metadata: Metadata = { title: "Object models" };

export default function Page() {
  return <ObjectModelsPage />;
}
