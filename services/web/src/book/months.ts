/** Months as YYYY-MM, and days as YYYY-MM-DD: dates of a calendar, of no time zone. */
import { formatLocale } from '../app/i18n'
import { addDays, firstWeekday } from '../ui/times'

export const monthOf = (date: string) => date.slice(0, 7)
export const firstOf = (month: string) => `${month}-01`
export const nextMonth = (month: string) => monthOf(addDays(firstOf(month), 31))
export const previousMonth = (month: string) => monthOf(addDays(firstOf(month), -1))

/** 0 is Sunday, as in JavaScript. */
export const weekdayOf = (date: string) => new Date(`${date}T00:00:00Z`).getUTCDay()

/** Rows of seven; empty where another month is. */
export function weeksOf(month: string, first = firstWeekday()): string[][] {
  const lead = (weekdayOf(firstOf(month)) - first + 7) % 7
  const cells: string[] = Array.from({ length: lead }, () => '')
  for (let day = firstOf(month); monthOf(day) === month; day = addDays(day, 1)) cells.push(day)
  while (cells.length % 7) cells.push('')
  return Array.from({ length: cells.length / 7 }, (_, week) => cells.slice(week * 7, week * 7 + 7))
}

/** Names of the weekdays, in the order of the columns. */
export function weekdayNames(style: 'short' | 'long', first = firstWeekday()): string[] {
  const name = new Intl.DateTimeFormat(formatLocale(), { weekday: style, timeZone: 'UTC' })
  // The fourth of January 1970 was a Sunday.
  return Array.from({ length: 7 }, (_, at) => name.format(new Date(Date.UTC(1970, 0, 4 + first + at))))
}

export function monthName(month: string): string {
  return inWords(firstOf(month), { month: 'long', year: 'numeric' })
}

export function dayName(date: string): string {
  return inWords(date, { weekday: 'long', day: 'numeric', month: 'long' })
}

function inWords(date: string, style: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(formatLocale(), { ...style, timeZone: 'UTC' }).format(new Date(`${date}T00:00:00Z`))
}
