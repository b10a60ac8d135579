"use client";
import { LogOut, Settings, UserRound } from "lucide-react";
import { useRouter } from "next/navigation";
import { authClient } from "@/lib/auth";
import { tellSignedOut } from "@/lib/leave-for-sign-in";
import { paths } from "@/lib/paths";
import { useSession } from "@/lib/session";
import { Button } from "@/ui/button";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuLabel,
  DropdownMenuSeparator,
  DropdownMenuTrigger,
} from "@/ui/dropdown-menu";
import { toast } from "@/ui/toast";

/** Who is signed in, and the way out. */
export function UserMenu() {
  const { user } = useSession();
  const router = useRouter();
  const signOut = async () => {
    const { error } = await authClient.signOut();
    if (error) {
      toast.error(`You are still signed in: ${error.message ?? "the server did not answer"}`);
      return;
    }
    tellSignedOut();
    // A fresh load drops the socket and the cache of the old session.
    location.assign(paths.signIn());
  };
  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild>
        <Button variant="ghost" size="icon" aria-label={`Account: ${user.name}`}>
          <UserRound aria-hidden="true" />
        </Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent>
        <DropdownMenuLabel>
          <span className="block text-sm font-medium text-foreground">{user.name}</span>
          <span className="block">{user.email}</span>
          <span className="block capitalize">{user.role}</span>
        </DropdownMenuLabel>
        <DropdownMenuSeparator />
        <DropdownMenuItem onSelect={() => router.push(paths.settings())}>
          <Settings aria-hidden="true" />
          Settings
        </DropdownMenuItem>
        <DropdownMenuItem onSelect={() => void signOut()}>
          <LogOut aria-hidden="true" />
          Sign out
        </DropdownMenuItem>
      </DropdownMenuContent>
    </DropdownMenu>
  );
}
