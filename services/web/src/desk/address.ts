/** What the agenda's address says: a day, a view, a place and people can be sent to a colleague. */
export const VIEWS = ['day', 'week', 'month'] as const
export type View = (typeof VIEWS)[number]

export interface AgendaAddress {
  /** Local date of the location; absent: today. */
  date?: string
  view?: View
  /** Location. */
  at?: string
  /** Specialists (or rooms), with commas between; absent: all. */
  who?: string
  /** Columns are of specialists, unless it says rooms. */
  by?: 'rooms'
  /** Lines instead of columns. */
  as?: 'list'
  /** The appointment that is looked at. */
  visit?: string
}

export function agendaAddress(search: Record<string, unknown>): AgendaAddress {
  const { date, view, at, who, by, as, visit } = search
  const found: AgendaAddress = {}
  if (typeof date === 'string' && /^\d{4}-\d\d-\d\d$/.test(date)) found.date = date
  if (VIEWS.includes(view as View)) found.view = view as View
  if (typeof at === 'string') found.at = at
  if (typeof who === 'string') found.who = who
  if (by === 'rooms') found.by = by
  if (as === 'list') found.as = as
  if (typeof visit === 'string') found.visit = visit
  return found
}
