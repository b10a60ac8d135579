"use client";
import { useEffect } from "react";

/**
 * Names the browser's tab after the one thing a page is about, once that is known: ten open lights are told apart by it.
 * Until then, and for the page of many things, the route's own title stands.
 */
export function usePageTitle(name: string | undefined): void {
  useEffect(() => {
    if (name === undefined) return;
    const before = document.title;
    const mine = `${name} · Lamplighter`;
    document.title = mine;
    return () => {
      // The next page may have put its own title there already.
      if (document.title === mine) document.title = before;
    };
  }, [name]);
}
