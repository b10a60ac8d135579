import { paths } from "@/lib/paths";

let leaving = false;

/** Loads the sign-in page afresh, so that no cached answer and no socket of the old session survives. */
export function leaveForSignIn(): void {
  if (leaving || location.pathname === "/sign-in" || location.pathname === "/welcome") return;
  leaving = true;
  location.assign(paths.signIn(location.pathname + location.search));
}

/** Between the tabs of one browser, which share one session. */
const sessionChannel = "lamplighter-session";
const signedOut = "signed-out";

/** Tells the other tabs that the session they share has ended. */
export function tellSignedOut(): void {
  const channel = new BroadcastChannel(sessionChannel);
  channel.postMessage(signedOut);
  channel.close();
}

/** Leaves when another tab says that the session has ended; for as long as the page lives. */
export function heedSignOut(): void {
  new BroadcastChannel(sessionChannel).onmessage = ({ data }) => {
    if (data === signedOut) leaveForSignIn();
  };
}
