/** What is typed into a form about a stretch of time. */
import { useState } from 'react'
import { type Between, newBetween } from './between'

export function usePeriod(zone: string, onClear?: () => void) {
  const fresh = () => ({ between: newBetween(zone), reason: '' })
  const [said, setSaid] = useState(fresh)
  return {
    ...said,
    zone,
    change: (between: Partial<Between>) => setSaid({ ...said, between: { ...said.between, ...between } }),
    explain: (reason: string) => setSaid({ ...said, reason }),
    clear: () => {
      setSaid(fresh())
      onClear?.()
    },
  }
}

export type PeriodSaid = ReturnType<typeof usePeriod>
