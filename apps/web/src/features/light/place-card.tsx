"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { MapPin, PencilLine } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { PlaceMap } from "@/features/map/place-map";
import { nothing } from "@/lib/format";
import { lightsWhere } from "@/lib/lights-query";
import { paths } from "@/lib/paths";
import { useRefusal, useSession } from "@/lib/session";
import { type RouterOutputs, useTRPC } from "@/lib/trpc";
import { Button } from "@/ui/button";
import { Card, CardContent, CardHeader } from "@/ui/card";
import { FormField } from "@/ui/form-field";
import { Input } from "@/ui/input";
import { toast } from "@/ui/toast";

type Light = RouterOutputs["device"]["get"];

const sources = {
  operator: "set by a person",
  import: "from an import",
  device: "reported by the light",
} as const;

/** Where a light stands and what people call it; both can be changed here. */
export function PlaceCard({ light }: { readonly light: Light }) {
  const [editing, setEditing] = useState(false);
  const refusal = useRefusal("device.edit");
  return (
    <Card>
      <CardHeader
        title="Place"
        description={light.placeSource ? `Position ${sources[light.placeSource]}` : undefined}
        action={
          editing ? null : (
            <Button size="small" disabledReason={refusal} onClick={() => setEditing(true)}>
              <PencilLine aria-hidden="true" />
              Edit place
            </Button>
          )
        }
      />
      {editing ? <PlaceForm light={light} onClose={() => setEditing(false)} /> : <PlaceFacts light={light} />}
    </Card>
  );
}

function PlaceFacts({ light }: { readonly light: Light }) {
  const { installation } = useSession();
  const { latitude, longitude } = light;
  const linked = (field: "street" | "district" | "feeder" | "cell") => {
    const value = light[field];
    return value === null ? (
      nothing
    ) : (
      <Link href={paths.lights(lightsWhere(field, value))} className="hover:underline">
        {value}
      </Link>
    );
  };
  return (
    <CardContent className="flex flex-col gap-3">
      <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-1.5 text-sm">
        <dt className="text-muted-foreground">Street</dt>
        <dd>{linked("street")}</dd>
        <dt className="text-muted-foreground">District</dt>
        <dd>{linked("district")}</dd>
        <dt className="text-muted-foreground">Feeder</dt>
        <dd>{linked("feeder")}</dd>
        <dt className="text-muted-foreground">Cell</dt>
        <dd>{linked("cell")}</dd>
        <dt className="text-muted-foreground">Time zone</dt>
        <dd>{light.timeZone ?? nothing}</dd>
        <dt className="text-muted-foreground">Power</dt>
        <dd>{light.powerClass === "always" ? "Always on mains" : "Mains at night only"}</dd>
        <dt className="text-muted-foreground">Position</dt>
        <dd className="tabular-nums">
          {latitude === null || longitude === null ? nothing : `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`}
        </dd>
      </dl>
      {latitude === null || longitude === null ? (
        <p className="flex items-center gap-2 rounded-md bg-surface-muted px-3 py-2 text-sm text-muted-foreground">
          <MapPin className="size-4 shrink-0" aria-hidden="true" />
          Without a position it is not on the map.
        </p>
      ) : (
        <div className="h-56 overflow-hidden rounded-md border">
          <PlaceMap longitude={longitude} latitude={latitude} tileUrl={installation.tileUrl} />
        </div>
      )}
    </CardContent>
  );
}

interface PlaceFields {
  name: string;
  latitude: string;
  longitude: string;
  street: string;
  district: string;
  feeder: string;
  cell: string;
  timeZone: string;
  powerClass: "always" | "night-switched";
}

function PlaceForm({ light, onClose }: { readonly light: Light; readonly onClose: () => void }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const { installation } = useSession();
  const update = useMutation(trpc.device.updatePlace.mutationOptions());
  const [problem, setProblem] = useState<string>();
  const form = useForm<PlaceFields>({
    defaultValues: {
      name: light.name ?? "",
      latitude: light.latitude?.toString() ?? "",
      longitude: light.longitude?.toString() ?? "",
      street: light.street ?? "",
      district: light.district ?? "",
      feeder: light.feeder ?? "",
      cell: light.cell ?? "",
      timeZone: light.timeZone ?? "",
      powerClass: light.powerClass,
    },
  });
  const { errors, isSubmitting } = form.formState;
  const [latitude, longitude] = form.watch(["latitude", "longitude"]);
  const degrees = (text: string, max: number) => {
    const value = Number(text);
    return text.trim() !== "" && Number.isFinite(value) && Math.abs(value) <= max ? value : null;
  };
  const position = (other: "latitude" | "longitude", max: number) => ({
    validate: (text: string) => {
      if (text.trim() === "") return form.getValues(other).trim() === "" || "Give both, or leave both empty.";
      return degrees(text, max) !== null || `A number from −${max} to ${max}, with a point.`;
    },
  });
  const save = form.handleSubmit(async (fields) => {
    setProblem(undefined);
    const words = (text: string) => (text.trim() === "" ? null : text.trim());
    try {
      const changed = await update.mutateAsync({
        id: light.id,
        name: words(fields.name),
        latitude: degrees(fields.latitude, 90),
        longitude: degrees(fields.longitude, 180),
        street: words(fields.street),
        district: words(fields.district),
        feeder: words(fields.feeder),
        cell: words(fields.cell),
        timeZone: words(fields.timeZone),
        powerClass: fields.powerClass,
      });
      queries.setQueryData(trpc.device.get.queryKey({ id: light.id }), changed);
      toast.success("Place saved.");
      onClose();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  });
  return (
    <CardContent>
      <form onSubmit={save} noValidate className="flex flex-col gap-3">
        <div className="grid gap-3 sm:grid-cols-2">
          <FormField label="Name" optional className="sm:col-span-2">
            <Input maxLength={200} {...form.register("name")} />
          </FormField>
          <FormField label="Latitude" error={errors.latitude?.message}>
            <Input inputMode="decimal" {...form.register("latitude", position("longitude", 90))} />
          </FormField>
          <FormField label="Longitude" error={errors.longitude?.message}>
            <Input inputMode="decimal" {...form.register("longitude", position("latitude", 180))} />
          </FormField>
          <div className="h-56 overflow-hidden rounded-md border sm:col-span-2">
            <PlaceMap
              latitude={degrees(latitude, 90)}
              longitude={degrees(longitude, 180)}
              tileUrl={installation.tileUrl}
              onPlace={(east, north) => {
                form.setValue("longitude", east.toFixed(6), { shouldDirty: true });
                form.setValue("latitude", north.toFixed(6), { shouldDirty: true });
              }}
            />
          </div>
          <FormField label="Street" optional>
            <Input maxLength={200} {...form.register("street")} />
          </FormField>
          <FormField label="District" optional>
            <Input maxLength={200} {...form.register("district")} />
          </FormField>
          <FormField label="Feeder" optional>
            <Input maxLength={200} {...form.register("feeder")} />
          </FormField>
          <FormField label="Cell" optional>
            <Input maxLength={200} {...form.register("cell")} />
          </FormField>
          <FormField label="Time zone" optional hint="Such as Europe/Vienna.">
            <Input maxLength={200} {...form.register("timeZone")} />
          </FormField>
          <FormField label="Power" hint="Night-switched lights are expected to be offline by day.">
            <select
              className="h-8 rounded-md border border-border-strong/70 bg-surface px-2 text-sm"
              {...form.register("powerClass")}
            >
              <option value="always">Always on mains</option>
              <option value="night-switched">Mains at night only</option>
            </select>
          </FormField>
        </div>
        {problem ? (
          <p role="alert" className="text-sm text-bad">
            {problem}
          </p>
        ) : null}
        <div className="flex gap-2">
          <Button type="submit" variant="primary" busy={isSubmitting}>
            Save place
          </Button>
          <Button onClick={onClose}>Cancel</Button>
        </div>
      </form>
    </CardContent>
  );
}
