"use client";
import { type FormEvent, useState } from "react";
import { AttributeFields, attributesToSend } from "@/features/light/attribute-fields";
import { KeptForSelect } from "@/features/light/kept-for-select";
import { type Operation, OperationOutcome, useOperations } from "@/features/light/operations";
import { parseTyped, TypeSelect, typeOrString, ValueInput } from "@/features/light/value-input";
import { isWireType, unitWord, type WireType, wireTextOf } from "@/features/light/wire-text";
import type { RouterOutputs } from "@/lib/trpc";
import { Button } from "@/ui/button";
import { Dialog, DialogContent, DialogFooter } from "@/ui/dialog";
import { FormField } from "@/ui/form-field";
import { Input } from "@/ui/input";

export type ObjectNode = RouterOutputs["device"]["objects"][number];
export type ResourceNode = ObjectNode["instances"][number]["resources"][number];

/** Which dialog is open, and about what. */
export type ResourceDialog =
  | { readonly kind: "write" | "execute" | "attributes"; readonly resource: ResourceNode }
  | { readonly kind: "create"; readonly object: ObjectNode };

/** The dialog of an operation that needs more than a click. It closes when the light said yes, and shows why not otherwise. */
export function OperationDialog({
  dialog,
  onClose,
}: {
  readonly dialog: ResourceDialog | undefined;
  readonly onClose: () => void;
}) {
  return (
    <Dialog open={dialog !== undefined} onOpenChange={(open) => (open ? undefined : onClose())}>
      {dialog === undefined ? null : dialog.kind === "create" ? (
        <CreateForm key={dialog.object.object} object={dialog.object} onClose={onClose} />
      ) : dialog.kind === "write" ? (
        <WriteForm key={dialog.resource.path} resource={dialog.resource} onClose={onClose} />
      ) : dialog.kind === "execute" ? (
        <ExecuteForm key={dialog.resource.path} resource={dialog.resource} onClose={onClose} />
      ) : (
        <AttributesForm key={dialog.resource.path} resource={dialog.resource} onClose={onClose} />
      )}
    </Dialog>
  );
}

interface FormProps {
  readonly resource: ResourceNode;
  readonly onClose: () => void;
}

function useSending(onClose: () => void) {
  const { run, stateOf, isSleeping } = useOperations();
  const [sent, setSent] = useState<string>();
  const state = sent === undefined ? undefined : stateOf(sent);
  const send = async (operation: Operation) => {
    setSent(operation.path);
    const outcome = await run(operation);
    if (outcome.kind !== "failed") onClose();
  };
  return {
    send,
    /** Takes what the last try brought off the screen: something else is wrong now. */
    forget: () => setSent(undefined),
    busy: state?.kind === "waiting",
    isSleeping,
    /** What the button says: the operation itself, or that it waits. */
    action: (word: string) => (isSleeping ? "Send when it wakes" : word),
    outcome: isSleeping && !state ? <SleepingNote /> : <OperationOutcome state={state} />,
  };
}

function SleepingNote() {
  return (
    <div className="flex flex-wrap items-center gap-x-2 gap-y-1 text-xs text-muted-foreground">
      <span>The light sleeps. This is sent when it wakes</span>
      <KeptForSelect />
      <span>and can be taken back until then.</span>
    </div>
  );
}

function WriteForm({ resource, onClose }: FormProps) {
  const [type, setType] = useState<WireType>(typeOrString(resource.type));
  const [text, setText] = useState(resource.reading ? wireTextOf(resource.reading.value) : "");
  const [problem, setProblem] = useState<string>();
  const { send, forget, busy, action, outcome } = useSending(onClose);
  const units = unitWord(resource.units);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const parsed = parseTyped(type, resource.multiple, text);
    setProblem(parsed.kind === "wrong" ? parsed.problem : undefined);
    if (parsed.kind === "wrong") forget();
    else void send({ verb: "write", path: resource.path, value: parsed.value });
  };
  return (
    <DialogContent
      title={`Write ${resource.name}`}
      description={`${resource.path}, ${resource.type || "type unknown"}`}
    >
      <form onSubmit={submit} className="flex flex-col gap-4">
        {isWireType(resource.type) ? null : (
          <FormField label="Type">
            <TypeSelect value={type} onChange={setType} />
          </FormField>
        )}
        <FormField
          label={units ? `Value, ${units}` : "Value"}
          {...(resource.range ? { hint: `Allowed: ${resource.range}` } : {})}
          error={problem}
        >
          <ValueInput type={type} multiple={resource.multiple} value={text} onChange={setText} />
        </FormField>
        {outcome}
        <DialogFooter>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" busy={busy}>
            {action("Write")}
          </Button>
        </DialogFooter>
      </form>
    </DialogContent>
  );
}

function ExecuteForm({ resource, onClose }: FormProps) {
  const [text, setText] = useState("");
  const { send, busy, action, isSleeping, outcome } = useSending(onClose);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void send({ verb: "execute", path: resource.path, ...(text.trim() ? { arguments: text.trim() } : {}) });
  };
  return (
    <DialogContent
      title={`Execute ${resource.name}?`}
      description={
        isSleeping
          ? `The light does it when it wakes: ${resource.path}.`
          : `The light does it at once: ${resource.path}. It cannot be taken back.`
      }
    >
      <form onSubmit={submit} className="flex flex-col gap-4">
        <FormField label="Arguments" optional hint="Such as 0='on',1. Most resources need none.">
          <Input value={text} onChange={(event) => setText(event.target.value)} className="font-mono" maxLength={500} />
        </FormField>
        {outcome}
        <DialogFooter>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="danger" busy={busy}>
            {action("Execute")}
          </Button>
        </DialogFooter>
      </form>
    </DialogContent>
  );
}

function AttributesForm({ resource, onClose }: FormProps) {
  const [values, setValues] = useState({});
  const { send, busy, action, outcome } = useSending(onClose);
  const attributes = attributesToSend(values);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (attributes) void send({ verb: "writeAttributes", path: resource.path, attributes });
  };
  return (
    <DialogContent
      title={`Attributes of ${resource.name}`}
      description={`When the light notifies about ${resource.path} while it is observed.`}
    >
      <form onSubmit={submit} className="flex flex-col gap-4">
        <AttributeFields values={values} onChange={setValues} />
        {outcome}
        <DialogFooter>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" busy={busy} disabled={attributes === undefined}>
            {action("Write attributes")}
          </Button>
        </DialogFooter>
      </form>
    </DialogContent>
  );
}

function CreateForm({ object, onClose }: { readonly object: ObjectNode; readonly onClose: () => void }) {
  // What other instances have, a new one will have too; an object without instances starts with an empty form.
  const known = object.instances[0]?.resources.filter(({ operations }) => operations.includes("W")) ?? [];
  const [instance, setInstance] = useState("");
  const [texts, setTexts] = useState<Readonly<Record<number, string>>>({});
  const [problem, setProblem] = useState<string>();
  const { send, forget, busy, action, outcome } = useSending(onClose);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setProblem(undefined);
    forget();
    if (instance.trim() !== "" && !/^\d{1,5}$/.test(instance.trim())) {
      setProblem("The instance is a number from 0, or empty for the next free one.");
      return;
    }
    const values = [];
    for (const resource of known) {
      const text = texts[resource.resource] ?? "";
      if (text === "") continue;
      const parsed = parseTyped(typeOrString(resource.type), resource.multiple, text);
      if (parsed.kind === "wrong") {
        setProblem(`${resource.name}: ${parsed.problem}`);
        return;
      }
      values.push({ resource: resource.resource, value: parsed.value });
    }
    void send({
      verb: "create",
      path: `/${object.object}`,
      object: object.object,
      ...(instance.trim() === "" ? {} : { instance: Number(instance) }),
      values,
    });
  };
  return (
    <DialogContent
      title={`Create an instance of ${object.name}`}
      description={`Object ${object.object}. What is left empty is left to the light.`}
    >
      <form onSubmit={submit} className="flex flex-col gap-4">
        <FormField label="Instance" optional hint="Empty takes the lowest free number.">
          <Input inputMode="numeric" value={instance} onChange={(event) => setInstance(event.target.value)} />
        </FormField>
        {known.map((resource) => (
          <FormField key={resource.resource} label={`${resource.name} (/${resource.resource})`} optional>
            <ValueInput
              type={typeOrString(resource.type)}
              multiple={resource.multiple}
              value={texts[resource.resource] ?? ""}
              onChange={(text) => setTexts({ ...texts, [resource.resource]: text })}
            />
          </FormField>
        ))}
        {problem ? (
          <p role="alert" className="text-sm text-bad">
            {problem}
          </p>
        ) : null}
        {outcome}
        <DialogFooter>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" busy={busy}>
            {action("Create")}
          </Button>
        </DialogFooter>
      </form>
    </DialogContent>
  );
}
