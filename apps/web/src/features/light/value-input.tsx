"use client";
import {
  isWireType,
  type ParsedValue,
  parseMultipleText,
  parseWireText,
  type WireType,
  wireTypes,
} from "@/features/light/wire-text";
import { Input, Textarea } from "@/ui/input";
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from "@/ui/select";

const placeholders: Readonly<Record<WireType, string>> = {
  string: "Text",
  integer: "42",
  unsigned: "42",
  float: "21.5",
  boolean: "true",
  time: "2027-01-31 18:00",
  opaque: "0a ff 00",
  objlnk: "3:0",
  corelnk: "</3/0>",
};

/** The type a new value should have when nothing says otherwise. */
export function typeOrString(type: string): WireType {
  return isWireType(type) ? type : "string";
}

export function parseTyped(type: WireType, multiple: boolean, text: string): ParsedValue {
  return multiple ? parseMultipleText(type, text) : parseWireText(type, text);
}

/** An input that suits a type: a choice for booleans, several lines for multiple resources, a number pad for numbers. */
export function ValueInput({
  type,
  multiple,
  value,
  onChange,
  ...field
}: {
  readonly type: WireType;
  readonly multiple: boolean;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly id?: string;
  readonly "aria-label"?: string;
  readonly "aria-describedby"?: string;
  readonly "aria-invalid"?: boolean;
}) {
  if (multiple) {
    return (
      <Textarea
        {...field}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        placeholder={`0=${placeholders[type]}\n1=${placeholders[type]}`}
        className="font-mono"
      />
    );
  }
  if (type === "boolean") {
    return (
      <Select value={value} onValueChange={onChange}>
        <SelectTrigger {...field}>
          <SelectValue placeholder="Choose" />
        </SelectTrigger>
        <SelectContent>
          <SelectItem value="true">true</SelectItem>
          <SelectItem value="false">false</SelectItem>
        </SelectContent>
      </Select>
    );
  }
  return (
    <Input
      {...field}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      placeholder={placeholders[type]}
      inputMode={type === "integer" || type === "unsigned" || type === "float" ? "decimal" : "text"}
      className={type === "opaque" ? "font-mono" : undefined}
    />
  );
}

/** Chooses a type, for resources that no definition describes. */
export function TypeSelect({
  value,
  onChange,
  ...field
}: {
  readonly value: WireType;
  readonly onChange: (value: WireType) => void;
  readonly id?: string;
  readonly "aria-label"?: string;
}) {
  return (
    <Select value={value} onValueChange={(next) => onChange(next as WireType)}>
      <SelectTrigger {...field}>
        <SelectValue />
      </SelectTrigger>
      <SelectContent>
        {wireTypes.map((type) => (
          <SelectItem key={type} value={type}>
            {type}
          </SelectItem>
        ))}
      </SelectContent>
    </Select>
  );
}
