/** Recurrence rules (RFC 5545) that people make here, to and from the choices that make them. */

export const CODES = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'] as const
export type Code = (typeof CODES)[number]

export interface Rule {
  freq: 'weekly' | 'monthly' | 'yearly' | 'daily'
  interval: number
  /** Of a month: 1 to 4, or -1 for the last; 0: by date. */
  nth: number
  days: Code[]
  count: number
  /** A date, or empty. */
  until: string
}

const KNOWN = /^(FREQ|INTERVAL|BYDAY|COUNT|UNTIL|WKST)$/

/** Undefined: it says more than can be chosen here. */
export function parse(rrule: string): Rule | undefined {
  const pairs = rrule.split(';').map((part) => part.split('='))
  if (pairs.some(([name = '']) => !KNOWN.test(name))) return undefined
  const told = Object.fromEntries(pairs) as Record<string, string | undefined>
  const freq = told.FREQ?.toLowerCase() as Rule['freq']
  const days = (told.BYDAY ?? '').split(',').filter(Boolean)
  const numbered = days.map((day) => day.match(/^(-?\d)?(\w\w)$/)).filter((found) => found !== null)
  const nths = new Set(numbered.map(([, nth]) => Number(nth ?? 0)))
  if (!['weekly', 'monthly', 'yearly', 'daily'].includes(freq) || nths.size > 1) return undefined
  return {
    freq,
    interval: Number(told.INTERVAL ?? 1),
    nth: [...nths][0] ?? 0,
    days: numbered.map(([, , code]) => code as Code),
    count: Number(told.COUNT ?? 0),
    until: (told.UNTIL ?? '').replace(/^(\d{4})(\d\d)(\d\d).*/, '$1-$2-$3'),
  }
}

export function write({ freq, interval, nth, days, count, until }: Rule): string {
  const parts = [`FREQ=${freq.toUpperCase()}`]
  if (interval > 1) parts.push(`INTERVAL=${interval}`)
  if (days.length > 0)
    parts.push(
      `BYDAY=${CODES.filter((each) => days.includes(each))
        .map((day) => `${nth || ''}${day}`)
        .join(',')}`,
    )
  if (count) parts.push(`COUNT=${count}`)
  else if (until) parts.push(`UNTIL=${until.replaceAll('-', '')}`)
  return parts.join(';')
}
