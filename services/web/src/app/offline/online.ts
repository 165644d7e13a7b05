/** Whether the clinic can be reached: what the browser says of its network, and what became of the last request. */
import { useSyncExternalStore } from 'react'

let isReached = true
const listeners = new Set<() => void>()

const tell = () => {
  for (const listener of listeners) listener()
}

export function reached(now: boolean): void {
  if (isReached === now) return
  isReached = now
  tell()
}

/** As fetch, and remembers whether anybody answered. */
export async function watched(...asked: Parameters<typeof fetch>): Promise<Response> {
  try {
    const response = await fetch(...asked)
    reached(true)
    return response
  } catch (error) {
    // Who left the screen gave up by themselves.
    const isLeft = error instanceof DOMException && error.name === 'AbortError'
    if (!isLeft) reached(false)
    throw error
  }
}

window.addEventListener('online', () => {
  isReached = true
  tell()
})
window.addEventListener('offline', tell)

export const isOnline = (): boolean => navigator.onLine && isReached

export function useOnline(): boolean {
  return useSyncExternalStore((listener) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }, isOnline)
}
