/** Dates and hours as people type them: the language says in which order, and whether clocks have 12 or 24 hours. */
import { formatLocale } from '../../app/i18n'

type Part = 'day' | 'month' | 'year'

const NUMBERS: Intl.DateTimeFormatOptions = { day: '2-digit', month: '2-digit', year: 'numeric', timeZone: 'UTC' }
const ANY_DAY = new Date(Date.UTC(2000, 10, 22))

/** 23.11.2026, 11/23/2026: as the language writes it; empty for no date. */
export function writtenDate(date: string, locale = formatLocale()): string {
  if (!date) return ''
  return new Intl.DateTimeFormat(locale, NUMBERS).format(new Date(`${date}T00:00:00Z`))
}

/** What such a date looks like, in letters: DD.MM.YYYY. */
export function patternOf(letters: Record<Part, string>, locale = formatLocale()): string {
  const parts = new Intl.DateTimeFormat(locale, NUMBERS).formatToParts(ANY_DAY)
  return parts.map(({ type, value }) => letters[type as Part] ?? value).join('')
}

/** YYYY-MM-DD of what was typed, in the language's order or as computers write it; the year may have two digits or be absent. */
export function dateOf(text: string, today: string, locale = formatLocale()): string | undefined {
  const numbers = text.match(/\d+/g) ?? []
  if (numbers.length < 2 || numbers.length > 3) return undefined
  const order: Part[] = numbers[0]?.length === 4 ? ['year', 'month', 'day'] : orderOf(locale)
  const known = order.filter((part) => part !== 'year' || numbers.length === 3)
  const typed = Object.fromEntries(known.map((part, at) => [part, numbers[at] ?? ''])) as Record<Part, string>
  const year = (typed.year ?? today.slice(0, 4)).padStart(4, today.slice(0, 2))
  const date = `${year}-${typed.month.padStart(2, '0')}-${typed.day.padStart(2, '0')}`
  return isDay(date) ? date : undefined
}

/** Whether nobody would go on typing: all of the year is there. */
export function isWhole(text: string): boolean {
  const numbers = text.match(/\d+/g) ?? []
  return numbers.length === 3 && numbers.some((each) => each.length === 4)
}

/** The words for the halves of the day, where clocks have 12 hours. */
export function halvesOf(locale = formatLocale()): { am: string; pm: string } | undefined {
  const style = new Intl.DateTimeFormat(locale, { hour: 'numeric', timeZone: 'UTC' })
  if (!style.resolvedOptions().hour12) return undefined
  const half = (hour: number) =>
    style.formatToParts(Date.UTC(2000, 0, 1, hour)).find(({ type }) => type === 'dayPeriod')?.value ?? ''
  return { am: half(6), pm: half(18) }
}

function orderOf(locale: string): Part[] {
  const parts = new Intl.DateTimeFormat(locale, NUMBERS).formatToParts(ANY_DAY)
  return parts.map(({ type }) => type).filter((type): type is Part => ['day', 'month', 'year'].includes(type))
}

/** No 31st of April. */
function isDay(date: string): boolean {
  const at = new Date(`${date}T00:00:00Z`)
  return !Number.isNaN(at.getTime()) && at.toISOString().slice(0, 10) === date
}
