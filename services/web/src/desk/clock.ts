/** Wall clocks of a place: minutes of its day, whatever the viewer's own clock shows. */
import { addDays, startOfDay } from '../ui/times'

export const MINUTE = 60_000
export const DAY = 24 * 60

const formats = new Map<string, Intl.DateTimeFormat>()

/** Minutes since midnight on the clock there. */
export function minutesIn(zone: string, instant: Date | string): number {
  const known =
    formats.get(zone) ??
    new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  formats.set(zone, known)
  const [hour = 0, minute = 0] = known.format(new Date(instant)).split(':').map(Number)
  return hour * 60 + minute
}

/** When the clock there shows so many minutes on that date; the first time, if it does so twice. */
export function instantAt(zone: string, date: string, minutes: number): Date {
  const begins = startOfDay(date, zone)
  const guess = new Date(begins.getTime() + (minutes - minutesIn(zone, begins)) * MINUTE)
  return new Date(guess.getTime() + (minutes - minutesIn(zone, guess)) * MINUTE)
}

/** "HH:MM", as fields of time have it. */
export function clock(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
}

export function minutesOf(text: string): number {
  const [hour = 0, minute = 0] = text.split(':').map(Number)
  return hour * 60 + minute
}

export function lengthOf(start: string, end: string): number {
  return (Date.parse(end) - Date.parse(start)) / MINUTE
}

/** Monday is 0. */
export function weekdayOf(date: string): number {
  return (new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7
}

export function mondayOf(date: string): string {
  return addDays(date, -weekdayOf(date))
}

export function days(from: string, count: number): string[] {
  return Array.from({ length: count }, (_, at) => addDays(from, at))
}

/** The days of the weeks that a month touches, from Monday on. */
export function weeksOf(date: string): string[] {
  const month = date.slice(0, 7)
  const next = new Date(Date.UTC(Number(date.slice(0, 4)), Number(date.slice(5, 7)), 1)).toISOString().slice(0, 10)
  const first = mondayOf(`${month}-01`)
  return days(first, 42).filter((day) => mondayOf(day) < next)
}
