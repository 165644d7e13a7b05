/** Hours of a week while they are edited: what the form and the grid change, and how it goes to the server and back. */
import type { Body, Problem, WeeklyHours } from '@ambulo/client'

export const DAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const
export type Day = (typeof DAYS)[number]
export type Kind = 'intervals' | 'breaks'

export const DAY_MINUTES = 24 * 60
export const STEP = 15

/** Open, or a break in what is open. Times are HH:MM of the location; "00:00" as an end is midnight. */
export interface Stretch {
  key: string
  kind: Kind
  weekday: Day
  starts: string
  ends: string
  /** Dates; empty: no limit. */
  validFrom: string
  validUntil: string
  everyWeeks: number
  inWeekOf: string
}

export interface Opening {
  key: string
  rrule: string
  firstDay: string
  starts: string
  durationMinutes: number
  except: string[]
}

export interface Week {
  stretches: Stretch[]
  openings: Opening[]
}

type Sent = Pick<Body<'SetWeeklyHours'>, 'intervals' | 'breaks' | 'recurring'>

let made = 0
const newKey = () => `s${++made}`

export function weekOf(hours: WeeklyHours | undefined): Week {
  const read = (kind: Kind) => (hours?.[kind] ?? []).map((each) => fromServer(each, kind))
  return {
    stretches: [...read('intervals'), ...read('breaks')],
    openings: (hours?.recurring ?? []).map((each) => ({
      key: newKey(),
      rrule: each.rrule,
      firstDay: each.firstDay ?? '',
      starts: each.starts ?? '',
      durationMinutes: each.durationMinutes,
      except: each.except,
    })),
  }
}

function fromServer(each: WeeklyHours['intervals'][number], kind: Kind): Stretch {
  return {
    key: newKey(),
    kind,
    weekday: each.weekday ?? 'monday',
    starts: each.starts ?? '',
    ends: each.ends === '24:00' ? '00:00' : (each.ends ?? ''),
    validFrom: each.validFrom ?? '',
    validUntil: each.validUntil ?? '',
    everyWeeks: Math.max(each.everyWeeks, 1),
    inWeekOf: each.inWeekOf ?? '',
  }
}

export function toServer({ stretches, openings }: Week) {
  const of = (kind: Kind) => stretches.filter((each) => each.kind === kind).map(sent)
  return {
    intervals: of('intervals'),
    breaks: of('breaks'),
    recurring: openings.map(({ key: _, ...each }) => each),
  } satisfies Sent
}

function sent(it: Stretch) {
  return {
    weekday: it.weekday,
    starts: it.starts,
    ends: it.ends === '00:00' ? '24:00' : it.ends,
    ...(it.validFrom && { validFrom: it.validFrom }),
    ...(it.validUntil && { validUntil: it.validUntil }),
    ...(it.everyWeeks > 1 && { everyWeeks: it.everyWeeks, inWeekOf: it.inWeekOf || null }),
  }
}

export function isSame(one: Week, other: Week): boolean {
  const plain = (week: Week) => {
    const { intervals, breaks, recurring } = toServer(week)
    return (
      JSON.stringify([intervals, breaks].map((all) => all.map((each) => JSON.stringify(each)).sort()).concat()) +
      JSON.stringify(recurring)
    )
  }
  return plain(one) === plain(other)
}

export const minutesOf = (time: string): number => {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  return hours * 60 + minutes
}

export const timeOf = (minutes: number): string => {
  const within = ((minutes % DAY_MINUTES) + DAY_MINUTES) % DAY_MINUTES
  return `${String(Math.floor(within / 60)).padStart(2, '0')}:${String(within % 60).padStart(2, '0')}`
}

/** Minutes of its day, the end after the start: beyond a day's minutes, it ends on the next one. */
export function span({ starts, ends }: Pick<Stretch, 'starts' | 'ends'>): { from: number; until: number } {
  const from = minutesOf(starts)
  const until = minutesOf(ends)
  return { from, until: until <= from ? until + DAY_MINUTES : until }
}

export const endsNextDay = (it: Pick<Stretch, 'starts' | 'ends'>) => span(it).until > DAY_MINUTES

export function nextDay(day: Day, days = 1): Day {
  return DAYS[(((DAYS.indexOf(day) + days) % 7) + 7) % 7] ?? day
}

/** What of it lies on which day. */
export function parts(it: Stretch): { day: Day; from: number; until: number }[] {
  if (!it.starts || !it.ends) return []
  const { from, until } = span(it)
  const today = { day: it.weekday, from, until: Math.min(until, DAY_MINUTES) }
  return until > DAY_MINUTES ? [today, { day: nextDay(it.weekday), from: 0, until: until - DAY_MINUTES }] : [today]
}

export function newStretch(kind: Kind, weekday: Day, starts: string, ends: string): Stretch {
  return { key: newKey(), kind, weekday, starts, ends, validFrom: '', validUntil: '', everyWeeks: 1, inWeekOf: '' }
}

/** What a day most likely needs next: the usual hours, a lunch break, or the time after what is there. */
export function suggested(kind: Kind, weekday: Day, there: Stretch[]): Stretch {
  if (kind === 'breaks') {
    const open = there.find((each) => each.kind === 'intervals')
    const { from, until } = open ? span(open) : { from: 540, until: 1020 }
    const noon = from < 720 && until > 780 ? 720 : Math.round((from + until) / 2 / 60) * 60 - 30
    return newStretch('breaks', weekday, timeOf(noon), timeOf(noon + (noon === 720 ? 60 : 30)))
  }
  const last = Math.max(0, ...there.filter((each) => each.kind === 'intervals').map((each) => span(each).until))
  if (!last) return newStretch('intervals', weekday, '09:00', '17:00')
  const from = Math.min(last + 60, DAY_MINUTES - 60)
  return newStretch('intervals', weekday, timeOf(from), timeOf(Math.min(from + 180, DAY_MINUTES)))
}

export function newOpening(rrule: string, firstDay: string): Opening {
  return { key: newKey(), rrule, firstDay, starts: '09:00', durationMinutes: 240, except: [] }
}

export function onDay(week: Week, day: Day): Stretch[] {
  return week.stretches.filter(({ weekday }) => weekday === day).sort((a, b) => a.starts.localeCompare(b.starts))
}

/** Breaks hold in the weeks of the shift they are in, unless they were given others. */
export function withStretch(week: Week, changed: Stretch): Week {
  const before = week.stretches.find(({ key }) => key === changed.key)
  if (!before) return { ...week, stretches: [...week.stretches, changed] }
  const { everyWeeks, inWeekOf, validFrom, validUntil } = changed
  const stretches = week.stretches.map((each) => {
    if (each.key === changed.key) return changed
    const follows = before.kind === 'intervals' && isWithin(each, before) && holds(each) === holds(before)
    return follows ? { ...each, everyWeeks, inWeekOf, validFrom, validUntil } : each
  })
  return { ...week, stretches }
}

const holds = (it: Stretch) => [it.everyWeeks, it.inWeekOf, it.validFrom, it.validUntil].join()

function isWithin(pause: Stretch, shift: Stretch): boolean {
  const [inner, outer] = [span(pause), span(shift)]
  const isThere = inner.from >= outer.from && inner.until <= outer.until
  return pause.kind === 'breaks' && pause.weekday === shift.weekday && isThere
}

/** A shift that goes takes its breaks along. */
export function without(week: Week, gone: Stretch): Week {
  const stretches = week.stretches.filter(({ key }) => key !== gone.key)
  if (gone.kind === 'breaks') return { ...week, stretches }
  const isOpen = stretches.some(({ kind, weekday }) => kind === 'intervals' && weekday === gone.weekday)
  return {
    ...week,
    stretches: isOpen
      ? stretches
      : stretches.filter(({ kind, weekday }) => kind !== 'breaks' || weekday !== gone.weekday),
  }
}

export function copied(week: Week, from: Day, to: Day[]): Week {
  const kept = week.stretches.filter(({ weekday }) => weekday === from || !to.includes(weekday))
  const added = to.flatMap((weekday) => onDay(week, from).map((each) => ({ ...each, key: newKey(), weekday })))
  return { ...week, stretches: [...kept, ...added] }
}

/** Grown or shrunk at an end, or moved as a whole, in steps; never shorter than one step nor longer than a day. */
export function dragged(it: Stretch, what: 'move' | 'start' | 'end', minutes: number, days = 0): Stretch {
  const { from, until } = span(it)
  const by = Math.round(minutes / STEP) * STEP
  if (what === 'start') {
    const starts = Math.max(0, Math.min(from + by, until - STEP))
    return { ...it, starts: timeOf(starts) }
  }
  if (what === 'end') return { ...it, ends: timeOf(Math.max(from + STEP, Math.min(until + by, from + DAY_MINUTES))) }
  const starts = Math.max(0, Math.min(from + by, DAY_MINUTES - STEP))
  return { ...it, weekday: nextDay(it.weekday, days), starts: timeOf(starts), ends: timeOf(starts + until - from) }
}

/** Breaks go where the shift that they are in goes. */
export function moved(week: Week, it: Stretch, minutes: number, days: number): Week {
  const { from } = span(it)
  const changed = dragged(it, 'move', minutes, days)
  const by = span(changed).from - from
  const stretches = week.stretches.map((each) => {
    if (each.key === it.key) return changed
    return it.kind === 'intervals' && isWithin(each, it) ? dragged(each, 'move', by, days) : each
  })
  return { ...week, stretches }
}

/** Which stretch or opening a problem is about, by key. */
export function blamed(week: Week, problem: Problem): string[] {
  return problem.violations.flatMap(({ pointer }) => {
    const [, list, index] = pointer.match(/(intervals|breaks|recurring)\D+(\d+)/) ?? []
    const all = list === 'recurring' ? week.openings : week.stretches.filter(({ kind }) => kind === list)
    return all[Number(index)]?.key ?? []
  })
}

/** What needs no server to be wrong. */
export function unfinished(week: Week): string[] {
  const stretches = week.stretches.filter(
    (each) => !each.starts || !each.ends || (each.everyWeeks > 1 && !each.inWeekOf),
  )
  const openings = week.openings.filter((each) => !each.firstDay || !each.starts || !each.durationMinutes)
  return [...stretches, ...openings].map(({ key }) => key)
}

export function openMinutes(week: Week): number {
  const sum = (kind: Kind) =>
    week.stretches
      .filter((each) => each.kind === kind && each.starts && each.ends)
      .reduce((all, each) => all + (span(each).until - span(each).from) / each.everyWeeks, 0)
  return Math.round(sum('intervals') - sum('breaks'))
}
