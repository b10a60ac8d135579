import { PageFrame } from "@/ui/page-frame";
import { PageHeader } from "@/ui/page-header";

export default function OverviewPage() {
  return (
    <PageFrame>
      <PageHeader title="Overview" />
    </PageFrame>
  );
}
