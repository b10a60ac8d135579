import type { Metadata } from "next";
import { Suspense } from "react";
import { SignInFrame } from "@/features/sign-in/frame";
import { SignInForm } from "@/features/sign-in/sign-in-form";

export const metadata: Metadata = { title: "Sign in" };

export default function SignInPage() {
  return (
    <SignInFrame title="Sign in" description="Firmware campaigns for street lights.">
      <Suspense>
        <SignInForm />
      </Suspense>
    </SignInFrame>
  );
}
