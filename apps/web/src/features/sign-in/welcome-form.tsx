"use client";
import { zodResolver } from "@hookform/resolvers/zod";
import Link from "next/link";
import { useSearchParams } from "next/navigation";
import { useEffect, useState } from "react";
import { useForm } from "react-hook-form";
import { z } from "zod";
import { FormError } from "@/features/sign-in/frame";
import { paths } from "@/lib/paths";
import { Button } from "@/ui/button";
import { FormField } from "@/ui/form-field";
import { Input } from "@/ui/input";
import { SkeletonRows } from "@/ui/skeleton";

const passwordCharactersMin = 10;

const fields = z
  .object({
    name: z.string().trim().min(1, "Write your name.").max(120, "At most 120 characters."),
    email: z.email("Write your e-mail address, such as ada@example.org."),
    password: z
      .string()
      .min(passwordCharactersMin, `At least ${passwordCharactersMin} characters.`)
      .max(128, "At most 128 characters."),
    again: z.string(),
  })
  .refine(({ password, again }) => password === again, { path: ["again"], error: "The two passwords differ." });

/** Makes the first administrator's account, once, by the link that the server printed. A link that is spent says so at once. */
export function WelcomeForm() {
  const token = useSearchParams().get("token");
  const standing = useStanding(token);
  const [problem, setProblem] = useState<string>();
  const form = useForm({
    resolver: zodResolver(fields),
    defaultValues: { name: "", email: "", password: "", again: "" },
  });
  const { errors, isSubmitting } = form.formState;
  if (token === null || token === "") {
    return (
      <FormError>
        This address lacks its token. Open the link exactly as the server printed it when it started, or{" "}
        <Link href={paths.signIn()} className="underline">
          sign in
        </Link>
        .
      </FormError>
    );
  }
  if (standing === "asking") return <SkeletonRows rows={4} label="Looking at the link" />;
  if (standing === "gone") {
    return (
      <FormError>
        {linkIsGone}{" "}
        <Link href={paths.signIn()} className="underline">
          Sign in
        </Link>
      </FormError>
    );
  }
  const create = form.handleSubmit(async ({ name, email, password }) => {
    setProblem(undefined);
    try {
      const response = await fetch("/api/welcome", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ token, name, email, password }),
      });
      if (response.ok) {
        location.assign(paths.overview());
        return;
      }
      setProblem(await sentenceOf(response));
    } catch {
      setProblem("The server cannot be reached. Check that it runs, and try again.");
    }
  });
  return (
    <form onSubmit={create} noValidate className="flex flex-col gap-4">
      {problem ? <FormError>{problem}</FormError> : null}
      <FormField label="Name" error={errors.name?.message}>
        <Input autoComplete="name" autoFocus className="h-10" {...form.register("name")} />
      </FormField>
      <FormField label="E-mail" error={errors.email?.message}>
        <Input type="email" autoComplete="username" className="h-10" {...form.register("email")} />
      </FormField>
      <FormField
        label="Password"
        hint={`At least ${passwordCharactersMin} characters; a sentence is easy to remember.`}
        error={errors.password?.message}
      >
        <Input type="password" autoComplete="new-password" className="h-10" {...form.register("password")} />
      </FormField>
      <FormField label="Password again" error={errors.again?.message}>
        <Input type="password" autoComplete="new-password" className="h-10" {...form.register("again")} />
      </FormField>
      <Button type="submit" variant="primary" size="large" busy={isSubmitting}>
        Create account
      </Button>
    </form>
  );
}

const linkIsGone =
  "This link was used already or is too old. If you made an account with it, sign in; otherwise start the server again for a new link.";

/** Asks whether the link is still good, without spending it. Where that cannot be learnt, the form is shown: sending it will tell. */
function useStanding(token: string | null): "asking" | "good" | "gone" {
  const [standing, setStanding] = useState<"asking" | "good" | "gone">("asking");
  useEffect(() => {
    if (!token) return;
    const leaving = new AbortController();
    const ask = async () => {
      try {
        const address = `/api/welcome?token=${encodeURIComponent(token)}`;
        const { status } = await fetch(address, { cache: "no-store", signal: leaving.signal });
        setStanding(status === 410 ? "gone" : "good");
      } catch {
        // Not reached, or left: the form stands, and sending it says what is wrong.
        if (!leaving.signal.aborted) setStanding("good");
      }
    };
    void ask();
    return () => leaving.abort();
  }, [token]);
  return standing;
}

async function sentenceOf(response: Response): Promise<string> {
  if (response.status === 410) return linkIsGone;
  try {
    const body = (await response.json()) as { message?: unknown; error?: { message?: unknown } };
    const message = body.error?.message ?? body.message;
    if (typeof message === "string" && message !== "") return message;
  } catch {
    // Not JSON: a proxy's page, say. The status alone has to do.
  }
  return `The account could not be created (status ${response.status}).`;
}
