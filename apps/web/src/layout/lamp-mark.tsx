/** The product's mark: a street light and its cone. */
export function LampMark({ className }: { readonly className?: string }) {
  return (
    <svg viewBox="0 0 32 32" className={className} aria-hidden="true">
      <path d="M8 28V11a6 6 0 0 1 6-6h5" fill="none" stroke="currentColor" strokeWidth="2.5" strokeLinecap="round" />
      <path d="M5 28h6" stroke="currentColor" strokeWidth="2.5" strokeLinecap="round" />
      <path d="M16.5 8.5h9a4.5 4.5 0 0 0-9 0Z" fill="currentColor" />
      <path d="M17 11h8l3 11H14Z" fill="var(--primary)" />
    </svg>
  );
}
