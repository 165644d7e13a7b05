/** Seven days on one scale. Whoever uses no pointer chooses a day by its name, and changes it in the form beside. */
import { UnstyledButton } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { useTranslation } from 'react-i18next'
import { formatLocale } from '../app/i18n'
import { Block } from './Block'
import css from './grid.module.css'
import { useDrag } from './useDrag'
import type { WeekViewProps } from './WeekList'
import { DAY_MINUTES, DAYS, type Day, parts, type Stretch } from './week'
import { clock } from './words'

const HOURS = Array.from({ length: 8 }, (_, at) => at * 3)

interface WeekGridProps extends WeekViewProps {
  day: Day
  choose: (day: Day) => void
}

export function WeekGrid({ week, wrong, change, day, choose }: WeekGridProps) {
  const { t } = useTranslation('hours')
  const drag = useDrag(week, change, choose)
  const isNarrow = useMediaQuery('(max-width: 48em)', undefined, { getInitialValueInEffect: false })
  const short = new Intl.DateTimeFormat(formatLocale(), { weekday: 'narrow', timeZone: 'UTC' })
  const shown = drag.week
  const blocks = (on: Day) =>
    shown.stretches
      // Breaks lie on what they interrupt.
      .toSorted((a, b) => (a.kind === b.kind ? 0 : a.kind === 'intervals' ? -1 : 1))
      .flatMap((stretch: Stretch) => parts(stretch).map((part) => ({ stretch, part })))
      .filter(({ part }) => part.day === on)
  return (
    <section
      ref={drag.grid}
      className={css.grid}
      data-dragging={drag.isDragging || undefined}
      aria-label={t('view.board')}
    >
      <div className={css.scale} aria-hidden>
        {HOURS.map((hour) => (
          <span key={hour} style={{ top: `${(hour / 24) * 100}%` }}>
            {clock(`${hour}:00`)}
          </span>
        ))}
      </div>
      {DAYS.map((each, at) => (
        <div key={each} className={css.day} data-chosen={each === day || undefined}>
          <UnstyledButton
            className={css.name}
            aria-label={t(`days.${each}`)}
            aria-pressed={each === day}
            onClick={() => choose(each)}
          >
            {isNarrow ? short.format(mondayPlus(at)) : t(`days.${each}`)}
          </UnstyledButton>
          <div className={css.column} data-day={each} {...drag.empty(each)}>
            {blocks(each).map(({ stretch, part }) => (
              <Block
                key={`${stretch.key} ${part.from}`}
                stretch={stretch}
                top={part.from / DAY_MINUTES}
                height={(part.until - part.from) / DAY_MINUTES}
                isStart={part.day === stretch.weekday}
                isWrong={Boolean(wrong[stretch.key])}
                handle={(what) => drag.block(stretch, what)}
              />
            ))}
          </div>
        </div>
      ))}
    </section>
  )
}

function mondayPlus(days: number): Date {
  return new Date(Date.UTC(2024, 0, 1 + days))
}
