"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type Rule, ruleWords, type SecuritySummary } from "@/features/security/words";
import { countOf } from "@/lib/format";
import { useRefusal } from "@/lib/session";
import { useTRPC } from "@/lib/trpc";
import { Button } from "@/ui/button";
import { Card, CardContent, CardHeader } from "@/ui/card";
import { ChoiceCards } from "@/ui/choice-cards";
import { CopyButton } from "@/ui/copy-button";
import { Dialog, DialogContent, DialogFooter } from "@/ui/dialog";
import { Problem } from "@/ui/problem";
import { toast } from "@/ui/toast";

type Setting = Rule | "usual";
const choices: readonly Setting[] = ["usual", "everybody", "listed", "nobody"];

/** Which lights may speak without DTLS, and the way to change that. */
export function ClearRuleCard({ summary }: { readonly summary: SecuritySummary }) {
  const { setting, effective } = summary.noSec;
  const refusal = useRefusal("security.write");
  const [isOpen, setOpen] = useState(false);
  return (
    <Card aria-label="Who may speak in the clear">
      <CardHeader
        title={`In the clear: ${ruleWords[effective].label.toLowerCase()}`}
        description={`${
          setting === null
            ? "Nobody has set this yet: on a loopback address every light may, on any other only lights named here."
            : ruleWords[effective].meaning
        } A light with a key never may.`}
        action={
          <Button disabledReason={refusal} onClick={() => setOpen(true)}>
            Change
          </Button>
        }
      />
      <CardContent className="flex flex-col gap-3">
        <p className="text-xs text-muted-foreground">
          A light with a public key is given this server's own:{" "}
          <code className="font-mono break-all">{summary.publicKey}</code>{" "}
          <CopyButton text={summary.publicKey} label="Copy this server's public key" />
        </p>
        {effective === "everybody" && summary.registered.clear > 0 ? (
          <Problem tone="warning">
            {countOf(summary.registered.clear, "light")} {summary.registered.clear === 1 ? "speaks" : "speak"} without
            protection: whoever is on the way can listen, and drive them. Give them keys before they leave a network
            that is yours.
          </Problem>
        ) : null}
      </CardContent>
      <Dialog open={isOpen} onOpenChange={setOpen}>
        {isOpen ? (
          <DialogContent
            title="Who may speak in the clear?"
            description="It holds at once, for this server and its bootstrap server."
          >
            <RuleForm summary={summary} onClose={() => setOpen(false)} />
          </DialogContent>
        ) : null}
      </Dialog>
    </Card>
  );
}

function RuleForm({ summary, onClose }: { readonly summary: SecuritySummary; readonly onClose: () => void }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const change = useMutation(trpc.security.setNoSec.mutationOptions());
  const [chosen, setChosen] = useState<Setting>(summary.noSec.setting ?? "usual");
  const [problem, setProblem] = useState<string>();
  const save = async () => {
    setProblem(undefined);
    try {
      const { ended } = await change.mutateAsync({ noSec: chosen === "usual" ? null : chosen });
      await queries.invalidateQueries(trpc.security.pathFilter());
      toast.success(ended > 0 ? `${countOf(ended, "registration")} in the clear ended.` : "The rule was changed.");
      onClose();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <>
      <ChoiceCards
        label="Who may speak in the clear"
        value={chosen}
        onChange={setChosen}
        className="sm:grid-cols-1"
        choices={choices.map((value) =>
          value === "usual"
            ? {
                ...{ value, title: "By where the server listens" },
                description: "Every light without a key on a loopback address, only lights named here on any other.",
              }
            : { value, title: ruleWords[value].label, description: ruleWords[value].meaning },
        )}
      />
      {(chosen === "listed" || chosen === "nobody") && summary.registered.clear > 0 ? (
        <Problem tone="warning">
          Lights that may not any more lose their registration at once.{" "}
          {countOf(summary.registered.clear, "light is", "lights are")} registered in the clear now.
        </Problem>
      ) : null}
      {problem ? <Problem>{problem}</Problem> : null}
      <DialogFooter>
        <Button onClick={onClose}>Cancel</Button>
        <Button
          variant="primary"
          busy={change.isPending}
          disabledReason={chosen === (summary.noSec.setting ?? "usual") ? "Nothing has been changed." : undefined}
          onClick={() => void save()}
        >
          Change the rule
        </Button>
      </DialogFooter>
    </>
  );
}
