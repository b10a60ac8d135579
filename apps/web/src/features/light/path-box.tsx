"use client";
import { type FormEvent, useState } from "react";
import { AttributeFields, attributesToSend } from "@/features/light/attribute-fields";
import { type Operation, OperationOutcome, useOperations, verbWords } from "@/features/light/operations";
import { parseTyped, TypeSelect, ValueInput } from "@/features/light/value-input";
import type { WireType } from "@/features/light/wire-text";
import { useRefusal } from "@/lib/session";
import { Button } from "@/ui/button";
import { Card, CardContent, CardHeader } from "@/ui/card";
import { FormField } from "@/ui/form-field";
import { Input } from "@/ui/input";
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from "@/ui/select";

type Verb = Operation["verb"];
const verbs = Object.keys(verbWords) as readonly Verb[];
const pathPattern = /^\/\d{1,5}(\/\d{1,5}){0,3}$/;

/** Any operation on any path, also on resources that nobody described. */
export function PathBox() {
  const { run, stateOf } = useOperations();
  const [path, setPath] = useState("/3/0");
  const [verb, setVerb] = useState<Verb>("read");
  const [type, setType] = useState<WireType>("string");
  const [text, setText] = useState("");
  const [attributes, setAttributes] = useState({});
  const [problem, setProblem] = useState<{ readonly field: "path" | "value" | "attributes"; readonly text: string }>();
  const [sent, setSent] = useState<string>();
  const readRefusal = useRefusal("device.operate.read");
  const writeRefusal = useRefusal("device.operate.write");
  const executeRefusal = useRefusal("device.operate.execute");
  const refusal = refusalFor(verb, { readRefusal, writeRefusal, executeRefusal });
  const state = sent === undefined ? undefined : stateOf(sent);

  // What an earlier request brought does not stand below a problem with this one.
  const refuse = (field: "path" | "value" | "attributes", text: string) => {
    setProblem({ field, text });
    setSent(undefined);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setProblem(undefined);
    const place = path.trim();
    if (!pathPattern.test(place)) {
      refuse("path", "A path looks like /3, /3/0 or /3/0/3.");
      return;
    }
    const send = (operation: Operation) => {
      setSent(operation.path);
      void run(operation);
    };
    if (verb === "write") {
      const parsed = parseTyped(type, false, text);
      if (parsed.kind === "wrong") refuse("value", parsed.problem);
      else send({ verb, path: place, value: parsed.value });
    } else if (verb === "execute") {
      send({ verb, path: place, ...(text.trim() ? { arguments: text.trim() } : {}) });
    } else if (verb === "writeAttributes") {
      const filled = attributesToSend(attributes);
      if (filled) send({ verb, path: place, attributes: filled });
      else refuse("attributes", "Fill at least one attribute.");
    } else if (verb === "create") {
      const [object = 0, instance] = place.slice(1).split("/").map(Number);
      send({ verb, path: place, object, ...(instance === undefined ? {} : { instance }), values: [] });
    } else {
      send({ verb, path: place });
    }
  };

  return (
    <Card>
      <CardHeader
        title="Operate on a path"
        description="Any object, instance or resource, also those no definition describes."
      />
      <CardContent>
        <form onSubmit={submit} noValidate className="flex flex-col gap-3">
          <div className="flex flex-wrap items-start gap-3">
            <FormField label="Path" error={problem?.field === "path" ? problem.text : undefined} className="w-40">
              <Input value={path} onChange={(event) => setPath(event.target.value)} className="font-mono" />
            </FormField>
            <FormField label="Operation" className="w-48">
              <VerbSelect value={verb} onChange={setVerb} />
            </FormField>
            {verb === "write" ? (
              <>
                <FormField label="Type" className="w-32">
                  <TypeSelect value={type} onChange={setType} />
                </FormField>
                <FormField
                  label="Value"
                  error={problem?.field === "value" ? problem.text : undefined}
                  className="min-w-48 flex-1"
                >
                  <ValueInput type={type} multiple={false} value={text} onChange={setText} />
                </FormField>
              </>
            ) : verb === "execute" ? (
              <FormField label="Arguments" optional className="min-w-48 flex-1">
                <Input value={text} onChange={(event) => setText(event.target.value)} className="font-mono" />
              </FormField>
            ) : null}
            <Button
              type="submit"
              variant="primary"
              className="mt-6"
              busy={state?.kind === "waiting"}
              disabledReason={refusal}
            >
              Send
            </Button>
          </div>
          {verb === "writeAttributes" ? (
            <>
              <AttributeFields values={attributes} onChange={setAttributes} />
              {problem?.field === "attributes" ? (
                <p role="alert" className="text-xs text-bad">
                  {problem.text}
                </p>
              ) : null}
            </>
          ) : null}
          <OperationOutcome state={state} path={sent} showReadings />
        </form>
      </CardContent>
    </Card>
  );
}

/** Which of the three permissions an operation needs, and why it is refused if so. */
export function refusalFor(
  verb: Verb,
  refusals: {
    readonly readRefusal: string | undefined;
    readonly writeRefusal: string | undefined;
    readonly executeRefusal: string | undefined;
  },
): string | undefined {
  if (verb === "execute") return refusals.executeRefusal;
  const reading = verb === "read" || verb === "discover" || verb === "observe" || verb === "cancelObservation";
  return reading ? refusals.readRefusal : refusals.writeRefusal;
}

function VerbSelect({
  value,
  onChange,
  ...field
}: {
  readonly value: Verb;
  readonly onChange: (verb: Verb) => void;
  readonly id?: string;
}) {
  return (
    <Select value={value} onValueChange={(next) => onChange(next as Verb)}>
      <SelectTrigger {...field}>
        <SelectValue />
      </SelectTrigger>
      <SelectContent>
        {verbs.map((verb) => (
          <SelectItem key={verb} value={verb}>
            {verbWords[verb]}
          </SelectItem>
        ))}
      </SelectContent>
    </Select>
  );
}
