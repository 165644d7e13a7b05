/** A month by its name. */
import { formatLocale } from '../../app/i18n'

export function monthWords(date: string): string {
  const words = new Intl.DateTimeFormat(formatLocale(), { month: 'long', year: 'numeric', timeZone: 'UTC' })
  return words.format(new Date(`${date}T00:00:00Z`))
}
