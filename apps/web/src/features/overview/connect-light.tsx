"use client";
import Link from "next/link";
import { paths } from "@/lib/paths";
import { useSession } from "@/lib/session";
import { buttonVariants } from "@/ui/button";
import { Card, CardContent, CardHeader } from "@/ui/card";
import { CopyButton } from "@/ui/copy-button";

const policySentences = {
  open: "Any endpoint name is accepted and appears in the list of lights.",
  approve: "A light that is not in the inventory appears as pending; accept it in the list of lights.",
  closed: "Only lights that are in the inventory may register: import them first.",
} as const;

/** How to connect a light, for an installation that has none, and for the settings. */
export function ConnectLight() {
  const { installation } = useSession();
  return (
    <Card>
      <CardHeader
        title="Connect a light"
        description="Any device that speaks LwM2M 1.0, 1.1 or 1.2 over CoAP can register."
      />
      <CardContent>
        <ol className="flex list-decimal flex-col gap-3 pl-5 text-sm">
          <li>
            Set the device's LwM2M server to
            <span className="mx-1.5 inline-flex items-center gap-1 rounded-md border bg-surface-muted py-0.5 pr-0.5 pl-2 font-mono text-xs">
              {installation.coapUri}
              <CopyButton text={installation.coapUri} label="Copy the server's address" />
            </span>
            with security mode NoSec, or to
            <span className="mx-1.5 inline-flex items-center gap-1 rounded-md border bg-surface-muted py-0.5 pr-0.5 pl-2 font-mono text-xs">
              {installation.coapsUri}
              <CopyButton text={installation.coapsUri} label="Copy the address for protected lights" />
            </span>
            with a key that it was{" "}
            <Link href={paths.security()} className="underline">
              given here
            </Link>
            . It sends UDP to that address, so a firewall in between must let it through.
          </li>
          <li>
            Give it an endpoint name that is unique in the city, such as its serial number.{" "}
            {policySentences[installation.enrolmentPolicy]}
          </li>
          <li>
            It should have the objects Device (3) and Firmware Update (5); street lights also bring their lamp (3416 or
            3311) and position (6).
          </li>
        </ol>
        <div className="mt-4 flex flex-wrap gap-2">
          <Link href={paths.lightsImport()} className={buttonVariants({ variant: "primary" })}>
            Import lights from CSV
          </Link>
          <Link href={paths.lights()} className={buttonVariants()}>
            Go to the lights
          </Link>
        </div>
      </CardContent>
    </Card>
  );
}
