import type { Metadata } from "next";
import { Suspense } from "react";
import { SignInFrame } from "@/features/sign-in/frame";
import { WelcomeForm } from "@/features/sign-in/welcome-form";

export const metadata: Metadata = { title: "Welcome" };

export default function WelcomePage() {
  return (
    <SignInFrame title="Welcome" description="Make the first account. It may do everything.">
      <Suspense>
        <WelcomeForm />
      </Suspense>
    </SignInFrame>
  );
}
