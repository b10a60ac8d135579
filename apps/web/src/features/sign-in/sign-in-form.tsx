"use client";
import { zodResolver } from "@hookform/resolvers/zod";
import { useSearchParams } from "next/navigation";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { z } from "zod";
import { FormError } from "@/features/sign-in/frame";
import { safeNextPath } from "@/features/sign-in/next-path";
import { authClient } from "@/lib/auth";
import { Button } from "@/ui/button";
import { FormField } from "@/ui/form-field";
import { Input } from "@/ui/input";

const fields = z.object({
  email: z.email("Write your e-mail address, such as ada@example.org."),
  password: z.string().min(1, "Write your password."),
});

/** Signs in by e-mail and password. */
export function SignInForm() {
  const search = useSearchParams();
  const [problem, setProblem] = useState<string>();
  const form = useForm({ resolver: zodResolver(fields), defaultValues: { email: "", password: "" } });
  const { errors, isSubmitting } = form.formState;
  const signIn = form.handleSubmit(async ({ email, password }) => {
    setProblem(undefined);
    const { error } = await authClient.signIn.email({ email, password });
    if (error === null) {
      // A fresh load opens the socket with the new session.
      location.assign(safeNextPath(search.get("next")));
      return;
    }
    setProblem(
      error.status === 401
        ? "This e-mail address and password do not belong together. Check both and try again."
        : error.status === 429
          ? "Too many attempts. Wait a minute and try again."
          : `You could not be signed in: ${error.message ?? "the server did not answer"}.`,
    );
  });
  return (
    <form onSubmit={signIn} noValidate className="flex flex-col gap-4">
      {search.get("link") === "used" && problem === undefined ? (
        <FormError>
          That sign-in link was used already or is too old. Sign in with your password, or have a new link made.
        </FormError>
      ) : null}
      {problem ? <FormError>{problem}</FormError> : null}
      <FormField label="E-mail" error={errors.email?.message}>
        <Input type="email" autoComplete="username" autoFocus className="h-10" {...form.register("email")} />
      </FormField>
      <FormField label="Password" error={errors.password?.message}>
        <Input type="password" autoComplete="current-password" className="h-10" {...form.register("password")} />
      </FormField>
      <Button type="submit" variant="primary" size="large" busy={isSubmitting}>
        Sign in
      </Button>
      <p className="text-xs text-muted-foreground">
        No password, as in the demo, or a lost one? <code className="font-mono">npm run sign-in-link</code> on the
        server’s machine prints a link that is good once.
      </p>
    </form>
  );
}
