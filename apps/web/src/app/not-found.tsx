import Link from "next/link";
import { paths } from "@/lib/paths";
import { buttonVariants } from "@/ui/button";

export default function NotFound() {
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center gap-3 px-4 text-center">
      <h1 className="text-lg font-semibold">There is no such page</h1>
      <p className="text-sm text-muted-foreground">The address may be mistyped, or what it showed was removed.</p>
      <Link href={paths.overview()} className={buttonVariants({ variant: "primary" })}>
        Go to the overview
      </Link>
    </main>
  );
}
