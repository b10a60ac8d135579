"use client";
import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { z } from "zod";
import { ConnectLight } from "@/features/overview/connect-light";
import { cn } from "@/lib/cn";
import { formatLimit } from "@/lib/format";
import { useRefusal, useSession } from "@/lib/session";
import { useTRPC } from "@/lib/trpc";
import { Button } from "@/ui/button";
import { Card, CardContent, CardHeader } from "@/ui/card";
import { FormField } from "@/ui/form-field";
import { Input } from "@/ui/input";
import { PageFrame } from "@/ui/page-frame";
import { PageHeader } from "@/ui/page-header";
import { toast } from "@/ui/toast";

const policies = [
  { value: "open", word: "Open", meaning: "Any endpoint may register. For trials and closed networks." },
  {
    value: "approve",
    word: "Approve",
    meaning: "An unknown endpoint is listed as pending and never operated until a person accepts it.",
  },
  { value: "closed", word: "Closed", meaning: "Only endpoints of the inventory may register; others are refused." },
] as const;

const fields = z.object({
  name: z.string().trim().min(1, "A name is needed.").max(120, "At most 120 characters."),
  enrolmentPolicy: z.enum(["open", "approve", "closed"]),
  tileUrl: z
    .string()
    .trim()
    .refine((url) => url === "" || /^https?:\/\/.+/.test(url), "An address begins with https://")
    .refine(
      (url) => url === "" || (url.includes("{z}") && url.includes("{x}") && url.includes("{y}")),
      "It needs the places {z}, {x} and {y}.",
    ),
});

/** What holds for the whole installation. */
export function SettingsPage() {
  return (
    <PageFrame className="max-w-4xl">
      <PageHeader title="Settings" description="They hold for everybody who uses this installation." />
      <InstallationForm />
      <ConnectLight />
      <Limits />
    </PageFrame>
  );
}

function InstallationForm() {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const { installation } = useSession();
  const refusal = useRefusal("settings.write");
  const update = useMutation(trpc.settings.update.mutationOptions());
  const [problem, setProblem] = useState<string>();
  const form = useForm({
    resolver: zodResolver(fields),
    values: {
      name: installation.name,
      enrolmentPolicy: installation.enrolmentPolicy,
      tileUrl: installation.tileUrl ?? "",
    },
  });
  const { errors, isDirty, isSubmitting } = form.formState;
  const save = form.handleSubmit(async ({ name, enrolmentPolicy, tileUrl }) => {
    setProblem(undefined);
    try {
      const changed = await update.mutateAsync({ name, enrolmentPolicy, tileUrl: tileUrl === "" ? null : tileUrl });
      queries.setQueryData(trpc.session.me.queryKey(), (session) =>
        session ? { ...session, installation: changed } : session,
      );
      toast.success("Settings saved.");
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  });
  return (
    <Card>
      <CardHeader title="Installation" />
      <CardContent>
        <form onSubmit={save} noValidate className="flex flex-col gap-5">
          <FormField label="Name" hint="Shown beside the product's name." error={errors.name?.message}>
            <Input className="max-w-md" {...form.register("name")} />
          </FormField>
          <fieldset className="flex flex-col gap-2">
            <legend className="mb-1 text-sm font-medium">Which lights may register</legend>
            {policies.map(({ value, word, meaning }) => (
              <label
                key={value}
                htmlFor={`policy-${value}`}
                className={cn(
                  "flex cursor-pointer items-start gap-2.5 rounded-md border px-3 py-2 hover:bg-surface-muted/60",
                  form.watch("enrolmentPolicy") === value && "border-primary bg-lamp-soft",
                )}
              >
                <input
                  id={`policy-${value}`}
                  type="radio"
                  value={value}
                  className="mt-0.5 size-4 accent-(--primary)"
                  {...form.register("enrolmentPolicy")}
                />
                <span>
                  <span className="block text-sm font-medium">{word}</span>
                  <span className="block text-xs text-muted-foreground">{meaning}</span>
                </span>
              </label>
            ))}
          </fieldset>
          <FormField
            label="Map tiles"
            optional
            hint="Address of a tile server, such as https://tiles.example.org/{z}/{x}/{y}.png. Without it the map draws the streets that come with the program."
            error={errors.tileUrl?.message}
          >
            <Input className="max-w-xl font-mono" inputMode="url" {...form.register("tileUrl")} />
          </FormField>
          {problem ? (
            <p role="alert" className="text-sm text-bad">
              {problem}
            </p>
          ) : null}
          <div>
            <Button
              type="submit"
              variant="primary"
              busy={isSubmitting}
              disabledReason={refusal ?? (isDirty ? undefined : "Nothing has been changed.")}
            >
              Save
            </Button>
          </div>
        </form>
      </CardContent>
    </Card>
  );
}

function Limits() {
  const { installation, user } = useSession();
  return (
    <Card>
      <CardHeader title="About" />
      <CardContent>
        <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-1.5 text-sm">
          <dt className="text-muted-foreground">Largest firmware image</dt>
          <dd>{formatLimit(installation.firmwareBytesMax)}</dd>
          <dt className="text-muted-foreground">Demonstration</dt>
          <dd>{installation.demo ? "Yes: virtual lights run beside this server" : "No"}</dd>
          <dt className="text-muted-foreground">Signed in as</dt>
          <dd>
            {user.name} ({user.email}), {user.role}
          </dd>
        </dl>
      </CardContent>
    </Card>
  );
}
