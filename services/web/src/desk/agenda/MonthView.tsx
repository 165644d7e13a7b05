/** A month: how many come each day; a day leads to itself. */
import { UnstyledButton, VisuallyHidden } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { formatLocale } from '../../app/i18n'
import { dateIn, format, startOfDay } from '../../ui/times'
import type { Agenda } from '../data'
import { isOn } from './layout'
import css from './month.module.css'
import { monthWords } from './months'
import type { Where } from './where'

export function MonthView({ where, agenda }: { where: Where; agenda: Agenda }) {
  const { t } = useTranslation('desk')
  const { dates, date, today, zone, who, specialists } = where
  const counts = new Map<string, number>()
  for (const visit of agenda.appointments) {
    if (!isOn(visit) || !who.includes(visit.providerId ?? '')) continue
    const day = dateIn(zone, new Date(visit.start))
    counts.set(day, (counts.get(day) ?? 0) + 1)
  }
  const most = Math.max(1, ...counts.values())
  const weekday = new Intl.DateTimeFormat(formatLocale(), { weekday: 'short', timeZone: 'UTC' })
  const people = who.length < specialists.length ? t('agenda.people', { count: who.length }) : t('agenda.everybody')
  return (
    <section aria-label={`${monthWords(date)}, ${people}`}>
      <div className={css.month} aria-hidden="true">
        {dates.slice(0, 7).map((day) => (
          <span key={day} className={css.weekday}>
            {weekday.format(new Date(`${day}T00:00:00Z`))}
          </span>
        ))}
      </div>
      <div className={css.month}>
        {dates.map((day) => {
          const count = counts.get(day) ?? 0
          return (
            <UnstyledButton
              key={day}
              className={css.day}
              data-today={day === today || undefined}
              data-outside={day.slice(0, 7) !== date.slice(0, 7) || undefined}
              onClick={() => where.go({ date: day, view: 'day' })}
            >
              <VisuallyHidden>
                {format(startOfDay(day, zone), zone, 'day')}, {t('agenda.visits', { count })}
              </VisuallyHidden>
              <span className={css.number} aria-hidden="true">
                {Number(day.slice(8))}
              </span>
              {count > 0 && <b aria-hidden="true">{count}</b>}
              {count > 0 && <span className={css.bar} style={{ width: `${(100 * count) / most}%` }} />}
            </UnstyledButton>
          )
        })}
      </div>
    </section>
  )
}
