import "@fontsource-variable/inter";
import "./globals.css";
import type { Metadata, Viewport } from "next";
import { ThemeProvider } from "next-themes";
import { NuqsAdapter } from "nuqs/adapters/next/app";
import type { ReactNode } from "react";
import { ApiProvider } from "@/lib/trpc";
import { Toaster } from "@/ui/toast";
import { TooltipProvider } from "@/ui/tooltip";

export const metadata: Metadata = {
  title: { default: "Lamplighter", template: "%s · Lamplighter" },
  description: "Firmware campaigns for street lights",
  icons: { icon: [{ url: "/lamplighter.svg", type: "image/svg+xml" }] },
};

export const viewport: Viewport = {
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#faf9f7" },
    { media: "(prefers-color-scheme: dark)", color: "#111317" },
  ],
};

export default function RootLayout({ children }: { readonly children: ReactNode }) {
  return (
    <html lang="en" suppressHydrationWarning>
      <body>
        <ThemeProvider attribute="class" defaultTheme="system" disableTransitionOnChange>
          <NuqsAdapter>
            <ApiProvider>
              <TooltipProvider delayDuration={300}>{children}</TooltipProvider>
              <Toaster />
            </ApiProvider>
          </NuqsAdapter>
        </ThemeProvider>
      </body>
    </html>
  );
}
