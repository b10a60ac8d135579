/** How many lights are registered over DTLS and how many in the clear, of registrations counted by whether they are authenticated. */
export function registeredHow(groups: readonly { readonly authenticated: boolean; readonly _count: number }[]): {
  readonly secure: number;
  readonly clear: number;
} {
  const countOf = (secure: boolean) => groups.find(({ authenticated }) => authenticated === secure)?._count ?? 0;
  return { secure: countOf(true), clear: countOf(false) };
}
