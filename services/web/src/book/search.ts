/** Where one is in the wizard, and what was chosen: all of it in the address, for the back button and for reloading. */
export const STEPS = ['service', 'who', 'time', 'details', 'confirm', 'done'] as const
export type Step = (typeof STEPS)[number]

export interface BookSearch {
  step?: Step
  service?: string
  location?: string
  /** A page of the clinic's own from which a service is booked, with hours and people of its own. */
  calendar?: string
  /** Of the specialist wanted; absent: whoever is free first. */
  provider?: string
  /** The local day that is looked at. */
  day?: string
  /** The chosen start, an instant, and with whom it is then. */
  at?: string
  by?: string
  /** A start that somebody else has taken meanwhile. */
  gone?: string
}

const WORDS = ['service', 'location', 'calendar', 'provider', 'day', 'at', 'by', 'gone'] as const

export function bookSearch(given: Record<string, unknown>): BookSearch {
  const found: BookSearch = {}
  for (const name of WORDS) if (typeof given[name] === 'string' && given[name]) found[name] = given[name]
  const step = STEPS.find((each) => each === given.step)
  if (step) found.step = step
  return found
}

/** The step that can be shown: one whose questions before it are answered. */
export function reached(search: BookSearch, draft: { booking?: unknown; done?: unknown }): Step {
  const wanted = STEPS.indexOf(search.step ?? 'service')
  const allowed = [
    true,
    Boolean(search.service),
    Boolean(search.service && search.location),
    Boolean(search.service && search.location && search.at),
    Boolean(draft.booking),
    Boolean(draft.done),
  ]
  for (let step = wanted; step > 0; step--) if (allowed[step]) return STEPS[step] ?? 'service'
  return 'service'
}
