/** Times as people say them: always in the zone of the place, never in that of the viewer by accident. */
import { formatLocale } from '../app/i18n'

export const ownZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone

/** Every part of a date is wanted the same everywhere, so that screens look alike. */
const STYLES = {
  time: { hour: 'numeric', minute: '2-digit' },
  day: { weekday: 'long', day: 'numeric', month: 'long' },
  date: { day: 'numeric', month: 'short', year: 'numeric' },
  shortDay: { weekday: 'short', day: 'numeric', month: 'short' },
  dayAndTime: { weekday: 'long', day: 'numeric', month: 'long', hour: 'numeric', minute: '2-digit' },
  shortDayAndTime: { weekday: 'short', day: 'numeric', month: 'short', hour: 'numeric', minute: '2-digit' },
} satisfies Record<string, Intl.DateTimeFormatOptions>

export type TimeStyle = keyof typeof STYLES

const made = new Map<string, Intl.DateTimeFormat>()

export function format(instant: Date | string, zone: string, style: TimeStyle): string {
  return formatter(zone, STYLES[style], style).format(new Date(instant))
}

/** Such as "GMT+2"; in the language's own words where it has some. */
export function zoneName(instant: Date | string, zone: string): string {
  const parts = formatter(zone, { timeZoneName: 'short' }, 'zone').formatToParts(new Date(instant))
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? zone
}

/** Whether clocks show something else there and here at that moment. */
export function differs(instant: Date | string, zone: string): boolean {
  const at = new Date(instant)
  return wall(at, zone) !== wall(at, ownZone())
}

/** The local date there, YYYY-MM-DD. */
export function dateIn(zone: string, instant = new Date()): string {
  return wall(instant, zone).slice(0, 10)
}

/** The first instant of a local date: midnight, or what comes instead where clocks change at midnight. */
export function startOfDay(date: string, zone: string): Date {
  return instantOf(date, '00:00', zone)
}

/** When clocks there show that; a time that a clock change skips is later by as much. */
export function instantOf(date: string, time: string, zone: string): Date {
  const local = `${date}T${time}`
  const wanted = Date.parse(`${local}Z`)
  let found = wanted - offset(new Date(wanted), zone)
  found = wanted - offset(new Date(found), zone)
  while (wall(new Date(found), zone).slice(0, 16) < local) found += 15 * 60_000
  return new Date(found)
}

/** HH:MM there. */
export function timeIn(zone: string, instant: Date | string): string {
  return wall(new Date(instant), zone).slice(11, 16)
}

export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
}

interface WeekInfo {
  firstDay: number
}

/** As people there hang their calendars: Sunday first in America, Monday in Europe. */
export function firstWeekday(locale = formatLocale()): number {
  const known = new Intl.Locale(locale) as Intl.Locale & { getWeekInfo?: () => WeekInfo; weekInfo?: WeekInfo }
  return (known.getWeekInfo?.() ?? known.weekInfo ?? { firstDay: 1 }).firstDay % 7
}

function offset(instant: Date, zone: string): number {
  return Date.parse(`${wall(instant, zone)}Z`) - Math.floor(instant.getTime() / 1000) * 1000
}

function wall(instant: Date, zone: string): string {
  const key = `wall ${zone}`
  const known =
    made.get(key) ?? new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' })
  made.set(key, known)
  return known.format(instant).replace(' ', 'T')
}

function formatter(zone: string, options: Intl.DateTimeFormatOptions, name: string): Intl.DateTimeFormat {
  const locale = formatLocale()
  const key = `${locale} ${zone} ${name}`
  const known = made.get(key) ?? new Intl.DateTimeFormat(locale, { timeZone: zone, ...options })
  made.set(key, known)
  return known
}
