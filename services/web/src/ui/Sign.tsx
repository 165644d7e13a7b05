/** Small pictures for notices: drawn here, since fonts differ in what they have. */

const PATHS = {
  mail: 'M3 6h18v12H3zM3 7l9 7 9-7',
  lock: 'M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3M12 15v2',
  offline:
    'M4 4l16 16M8.5 15.5a5 5 0 0 1 6-.8M5.5 12.2a9 9 0 0 1 4-2.2M14 9.8a9 9 0 0 1 4.5 2.4M3 8.8a13 13 0 0 1 3-1.9M10.5 5.6A13 13 0 0 1 21 8.8M12 19h.01',
  alert: 'M12 4l9 16H3zM12 10v4M12 17h.01',
  search: 'M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.5L20 20',
  empty: 'M4 6h16v14H4zM4 10h16M8 3v4M16 3v4M9.5 15h5',
}

export type SignName = keyof typeof PATHS

export function Sign({ name, size = 28 }: { name: SignName; size?: number }) {
  return (
    <svg viewBox="0 0 24 24" width={size} height={size} fill="none" stroke="currentColor" aria-hidden="true">
      <path d={PATHS[name]} strokeWidth={1.7} strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  )
}
