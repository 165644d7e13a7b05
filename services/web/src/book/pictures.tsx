/** Small pictures where people would rather look than read. */

export function Tick() {
  return (
    <svg viewBox="0 0 96 96" width="96" height="96" aria-hidden="true" focusable="false">
      <circle cx="48" cy="48" r="44" fill="var(--mantine-primary-color-light)" />
      <rect
        x="24"
        y="28"
        width="48"
        height="42"
        rx="8"
        fill="none"
        stroke="var(--mantine-primary-color-filled)"
        strokeWidth="4"
      />
      <path
        d="M24 40h48M36 22v10M60 22v10"
        stroke="var(--mantine-primary-color-filled)"
        strokeWidth="4"
        strokeLinecap="round"
      />
      <path
        d="M38 54l7 7 13-13"
        fill="none"
        stroke="var(--mantine-primary-color-filled)"
        strokeWidth="5"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  )
}
