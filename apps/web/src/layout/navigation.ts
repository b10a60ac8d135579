import {
  Boxes,
  Cpu,
  FileCode2,
  KeyRound,
  LayoutDashboard,
  Lightbulb,
  type LucideIcon,
  Map as MapIcon,
  Rocket,
  Settings,
  ShieldCheck,
} from "lucide-react";
import { paths } from "@/lib/paths";

/** The areas of the console, in the order of the sidebar. */
export const areas: readonly { readonly label: string; readonly href: string; readonly icon: LucideIcon }[] = [
  { label: "Overview", href: paths.overview(), icon: LayoutDashboard },
  { label: "Map", href: paths.map(), icon: MapIcon },
  { label: "Lights", href: paths.lights(), icon: Lightbulb },
  { label: "Groups", href: paths.groups(), icon: Boxes },
  { label: "Firmware", href: paths.firmware(), icon: Cpu },
  { label: "Campaigns", href: paths.campaigns(), icon: Rocket },
  { label: "Bootstrap", href: paths.bootstrap(), icon: KeyRound },
  { label: "Security", href: paths.security(), icon: ShieldCheck },
  { label: "Object models", href: paths.objectModels(), icon: FileCode2 },
  { label: "Settings", href: paths.settings(), icon: Settings },
];

/** Whether an address belongs to an area. */
export function inArea(pathname: string, href: string): boolean {
  return href === "/" ? pathname === "/" : pathname === href || pathname.startsWith(`${href}/`);
}
