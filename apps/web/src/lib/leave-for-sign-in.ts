import { paths } from "@/lib/paths";

let leaving = false;

/** Loads the sign-in page afresh, so that no cached answer and no socket of the old session survives. */
export function leaveForSignIn(): void {
  if (leaving || location.pathname === "/sign-in" || location.pathname === "/welcome") return;
  leaving = true;
  location.assign(paths.signIn(location.pathname + location.search));
}
