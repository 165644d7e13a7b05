/** What is edited of somebody's hours at a place. It stays while one looks at others, until it is saved or discarded. */
import type { WeeklyHours } from '@ambulo/client'
import { createContext, useContext } from 'react'
import { isSame, type Week, weekOf } from './week'

export interface Draft {
  week: Week
  /** As it was when editing began. */
  base: Week
  version: number
}

export interface Drafts {
  all: Record<string, Draft>
  set: (key: string, draft: Draft | undefined) => void
}

export const DraftsContext = createContext<Drafts>({ all: {}, set: () => undefined })

export function useDraft(key: string, hours: WeeklyHours | undefined, read: Week) {
  const { all, set } = useContext(DraftsContext)
  const kept = all[key]
  const draft = kept ?? { week: read, base: read, version: hours?.version ?? 0 }
  return {
    ...draft,
    isChanged: Boolean(kept),
    change: (week: Week) => set(key, isSame(week, draft.base) ? undefined : { ...draft, week }),
    /** The same changes on what is there by now. */
    rebase: (now: WeeklyHours | undefined) =>
      set(key, { week: draft.week, base: weekOf(now), version: now?.version ?? 0 }),
    discard: () => set(key, undefined),
  }
}
