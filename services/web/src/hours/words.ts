/** Times and weeks in words. */
import type { TFunction } from 'i18next'
import { format } from '../ui/times'
import type { Stretch } from './week'

type Words = TFunction<'hours'>

/** A time of day as the viewer's language writes it: 17:00, or 5:00 PM. */
export function clock(time: string): string {
  return time ? format(`2026-01-01T${time.padStart(5, '0')}:00Z`, 'UTC', 'time') : '…'
}

export function dateWords(date: string): string {
  return format(`${date}T12:00:00Z`, 'UTC', 'date')
}

export function stretchWords({ starts, ends }: Pick<Stretch, 'starts' | 'ends'>): string {
  return `${clock(starts)}–${clock(ends)}`
}

/** When it holds, if not always; empty otherwise. */
export function holdsWords(it: Stretch, t: Words): string {
  return [
    it.everyWeeks > 1 && t('repeat.every', { count: it.everyWeeks }),
    it.everyWeeks > 1 && it.inWeekOf && t('repeat.inWeekOf', { date: dateWords(it.inWeekOf) }),
    it.validFrom && t('repeat.from', { date: dateWords(it.validFrom) }),
    it.validUntil && t('repeat.until', { date: dateWords(it.validUntil) }),
  ]
    .filter(Boolean)
    .join(', ')
}
