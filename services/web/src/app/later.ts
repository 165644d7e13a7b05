/** What is opened from a screen is fetched once the screen is there: it opens at once, and without a network, too. */
import { useEffect } from 'react'

interface Later {
  preload?: () => Promise<unknown> | undefined
}

export function useLater(parts: Later[]): void {
  useEffect(() => {
    // Not before it can be used: effects may run before it is.
    const timer = setTimeout(() => {
      for (const each of parts) void each.preload?.()?.catch(() => undefined)
    })
    return () => clearTimeout(timer)
  }, [parts])
}
