"use client";
import { useTheme } from "next-themes";
import { Toaster as Sonner } from "sonner";

/** Where short notices appear. Only for what was started and forgotten; errors of a form stand in the form. */
export { toast } from "sonner";

export function Toaster() {
  const { resolvedTheme } = useTheme();
  return (
    <Sonner
      theme={resolvedTheme === "dark" ? "dark" : "light"}
      position="bottom-right"
      toastOptions={{
        style: { background: "var(--surface)", color: "var(--foreground)", borderColor: "var(--border)" },
      }}
    />
  );
}
