import Link from "next/link";
import type { ReactNode } from "react";
import { LampLevel } from "@/features/lights/lamp-level";
import { formatDuration, nothing } from "@/lib/format";
import { lightsWhere } from "@/lib/lights-query";
import { paths } from "@/lib/paths";
import type { RouterOutputs } from "@/lib/trpc";
import { Card, CardContent, CardHeader } from "@/ui/card";
import { RelativeTime } from "@/ui/relative-time";

type Light = RouterOutputs["device"]["get"];

/** What a light is, and how it is connected. */
export function IdentityCard({ light }: { readonly light: Light }) {
  const filtered = (field: "model" | "hardwareRevision" | "firmwareVersion") => {
    const value = light[field];
    return value === null ? (
      nothing
    ) : (
      <Link href={paths.lights(lightsWhere(field, value))} className="hover:underline">
        {value}
      </Link>
    );
  };
  const { registration } = light;
  return (
    <Card>
      <CardHeader title="Identity" />
      <CardContent>
        <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-1.5 text-sm">
          <Fact term="Endpoint">
            <span className="font-mono text-xs break-all">{light.endpoint}</span>
          </Fact>
          <Fact term="Manufacturer">{light.manufacturer ?? nothing}</Fact>
          <Fact term="Model">{filtered("model")}</Fact>
          <Fact term="Hardware">{filtered("hardwareRevision")}</Fact>
          <Fact term="Firmware">{filtered("firmwareVersion")}</Fact>
          <Fact term="Serial number">{light.serialNumber ?? nothing}</Fact>
          <Fact term="Lamp">
            <LampLevel level={light.lampLevel} failure={light.lampFailure} />
          </Fact>
          <Fact term="Last seen">
            <RelativeTime at={light.lastSeenAt} />
          </Fact>
          <Fact term="Registered">
            <RelativeTime at={light.registeredAt} />
          </Fact>
          {registration ? (
            <>
              <Fact term="Address">
                <span className="font-mono text-xs break-all">{registration.address}</span>
              </Fact>
              <Fact term="Protocol">
                LwM2M {registration.lwm2mVersion}, binding {registration.binding}
                {light.queueMode ? ", queue mode" : ""}
              </Fact>
              <Fact term="Lifetime">
                {formatDuration(registration.lifetimeSeconds)}
                {registration.expiresAt ? (
                  <>
                    , ends <RelativeTime at={registration.expiresAt} />
                  </>
                ) : null}
              </Fact>
            </>
          ) : null}
          <Fact term="Groups">
            {light.groups.length === 0
              ? nothing
              : light.groups.map((group, index) => (
                  <span key={group.id}>
                    {index > 0 ? ", " : ""}
                    <Link href={paths.group(group.id)} className="hover:underline">
                      {group.name}
                    </Link>
                  </span>
                ))}
          </Fact>
        </dl>
      </CardContent>
    </Card>
  );
}

function Fact({ term, children }: { readonly term: string; readonly children: ReactNode }) {
  return (
    <>
      <dt className="text-muted-foreground">{term}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  );
}
