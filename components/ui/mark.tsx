/** The mark: a gate standing in a channel, water passing beneath it. Decorative unless titled. */
export function Mark({ size = 22 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="7" fill="#0f6e84" />
      <path d="M8 7v18M24 7v18" stroke="#fff" strokeWidth="2.6" strokeLinecap="round" />
      <path d="M12.5 8.5h7v8h-7z" fill="#fff" />
      <path
        d="M11.6 21.2c1.5-1.4 2.9-1.4 4.4 0s2.9 1.4 4.4 0"
        fill="none"
        stroke="#9fe0ee"
        strokeWidth="2.4"
        strokeLinecap="round"
      />
    </svg>
  );
}
