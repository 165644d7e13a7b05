/** A month on the wall: days that have times stand out; arrows move between days, as in every calendar. */
import { ActionIcon, Group, Text, UnstyledButton, VisuallyHidden } from '@mantine/core'
import { type KeyboardEvent, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { addDays } from '../ui/times'
import css from './book.module.css'
import { dayName, monthName, monthOf, nextMonth, previousMonth, weekdayNames, weeksOf } from './months'

interface MonthProps {
  month: string
  today: string
  /** How many times each day has. */
  free: Map<string, number>
  day: string
  isLoading: boolean
  onDay: (day: string) => void
  onMonth: (month: string) => void
}

const STEPS: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }

export function Month({ month, today, free, day, isLoading, onDay, onMonth }: MonthProps) {
  const { t } = useTranslation('book')
  const table = useRef<HTMLTableElement>(null)
  const names = weekdayNames('long')
  const entry = monthOf(day) === month ? day : ([...free.keys()][0] ?? `${month}-01`)
  const move = (event: KeyboardEvent<HTMLButtonElement>, from: string) => {
    const step = STEPS[event.key]
    if (!step) return
    event.preventDefault()
    table.current?.querySelector<HTMLButtonElement>(`[data-day="${addDays(from, step)}"]`)?.focus()
  }
  return (
    <div>
      <Group justify="space-between" maw={420} mb={4}>
        <ActionIcon
          variant="subtle"
          size={44}
          aria-label={t('time.previousMonth')}
          disabled={month <= monthOf(today)}
          onClick={() => onMonth(previousMonth(month))}
        >
          ‹
        </ActionIcon>
        <Text fw={650} aria-live="polite">
          {monthName(month)}
        </Text>
        <ActionIcon
          variant="subtle"
          size={44}
          aria-label={t('time.nextMonth')}
          onClick={() => onMonth(nextMonth(month))}
        >
          ›
        </ActionIcon>
      </Group>
      <table className={css.month} ref={table} aria-busy={isLoading} aria-label={monthName(month)}>
        <thead>
          <tr>
            {weekdayNames('short').map((name, at) => (
              <th key={name} scope="col">
                <span aria-hidden>{name}</span>
                <VisuallyHidden>{names[at]}</VisuallyHidden>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sixRows(weeksOf(month)).map((week, row) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows of a month never change places
            <tr key={row}>
              {week.map((each, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: nor do columns
                <td key={at}>
                  <Day
                    day={each}
                    times={free.get(each) ?? 0}
                    isToday={each === today}
                    isChosen={each === day}
                    isEntry={each === entry}
                    onClick={() => onDay(each)}
                    onKeyDown={(event) => move(event, each)}
                  />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

interface DayProps {
  day: string
  times: number
  isToday: boolean
  isChosen: boolean
  isEntry: boolean
  onClick: () => void
  onKeyDown: (event: KeyboardEvent<HTMLButtonElement>) => void
}

function Day({ day, times, isToday, isChosen, isEntry, onClick, onKeyDown }: DayProps) {
  const { t } = useTranslation('book')
  // As tall as a day, so that every month is of one size.
  if (!day) return <span className={css.day} />
  return (
    <UnstyledButton
      className={css.day}
      data-day={day}
      data-free={times > 0 || undefined}
      data-today={isToday || undefined}
      aria-pressed={isChosen}
      aria-disabled={times === 0}
      aria-label={`${dayName(day)}, ${t('time.count', { count: times })}`}
      tabIndex={isEntry ? 0 : -1}
      onClick={() => times > 0 && onClick()}
      onKeyDown={onKeyDown}
    >
      {Number(day.slice(8))}
    </UnstyledButton>
  )
}

/** Whatever the month: what is below it stays where it is. */
function sixRows(weeks: string[][]): string[][] {
  const empty = ['', '', '', '', '', '', '']
  return [...weeks, ...Array.from({ length: 6 - weeks.length }, () => empty)]
}
