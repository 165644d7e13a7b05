/** Days side by side along one axis of hours: specialists, rooms, or one specialist's week. */
import { type CSSProperties, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { formatLocale } from '../../app/i18n'
import { dateIn } from '../../ui/times'
import { clock } from '../clock'
import type { Agenda, Visit } from '../data'
import { type Dragging, type Spot, useDrag } from './drag'
import { GridColumn } from './GridColumn'
import css from './grid.module.css'
import type { Stretch } from './hours'
import { type Column, dayPart, hoursShown, inColumn } from './layout'
import { useNow } from './now'

export interface GridActions {
  onVisit: (visit: Visit) => void
  onFree: (column: Column, minutes?: number, until?: number) => void
  onBlock: (id: string) => void
  onMove: (visit: Visit, to: Column, minutes: number) => void
}

interface GridProps extends GridActions {
  columns: Column[]
  agenda: Agenda
  zone: string
  openOn: (column: Column) => Stretch[] | undefined
  /** Nobody works there on that date. */
  isClosedOn: (date: string) => boolean
}

export function Grid({ columns, agenda, zone, openOn, isClosedOn, onFree, onMove, ...actions }: GridProps) {
  const { t } = useTranslation('desk')
  const grid = useRef<HTMLDivElement>(null)
  const now = useNow()
  const contents = columns.map((column) => ({ column, open: openOn(column), ...inColumn(column, agenda, zone) }))
  const shown = hoursShown(
    contents.flatMap(({ column, open = [], appointments, blocks }) => [
      ...open,
      ...[...appointments, ...blocks.filter(isShort)].map((each) => dayPart(each, column.date, zone)),
    ]),
  )
  const at = (spot: Spot) => columns.find(({ key }) => key === spot.key)
  const onDrop = (what: Dragging) => {
    const column = at(what.spot)
    if (column && what.kind === 'visit') onMove(what.visit, column, what.spot.minutes)
    else if (column && what.kind === 'range') onFree(column, what.spot.minutes, what.until)
  }
  const drag = useDrag({ grid, shown, onDrop })
  const isWeek = new Set(columns.map(({ date }) => date)).size > 1
  const hours = Array.from({ length: (shown.to - shown.from) / 60 }, (_, hour) => shown.from + hour * 60)
  return (
    <section className={css.scroll} aria-label={t('agenda.title')}>
      <div
        ref={grid}
        className={css.grid}
        style={{ '--columns': columns.length, '--minutes': shown.to - shown.from } as CSSProperties}
        data-week={isWeek || undefined}
        data-dragging={drag.dragging?.kind}
        onPointerMove={drag.onMove}
        onPointerUp={drag.onUp}
        onPointerCancel={drag.onCancel}
        onLostPointerCapture={drag.onCancel}
      >
        <div className={css.axis} aria-hidden="true">
          <div className={css.corner} />
          <div className={css.hours}>
            {hours.map((minutes) => (
              <time key={minutes} style={{ '--at': minutes - shown.from } as CSSProperties}>
                {hourWords(minutes)}
              </time>
            ))}
          </div>
        </div>
        {contents.map((content) => (
          <GridColumn
            key={content.column.key}
            {...content}
            {...actions}
            onFree={onFree}
            drag={drag}
            shown={shown}
            zone={zone}
            now={dateIn(zone, now) === content.column.date ? now : undefined}
            isOnly={columns.length === 1}
            isClosed={isClosedOn(content.column.date)}
            label={t('agenda.column', { name: content.column.title, count: content.appointments.length })}
          />
        ))}
      </div>
    </section>
  )
}

function isShort(block: { startUTC: string | null; endUTC: string | null }): boolean {
  return Date.parse(block.endUTC ?? '') - Date.parse(block.startUTC ?? '') < 12 * 3_600_000
}

function hourWords(minutes: number): string {
  return hourFormat().format(new Date(`2000-01-01T${clock(minutes)}:00Z`))
}

function hourFormat() {
  return new Intl.DateTimeFormat(formatLocale(), { hour: 'numeric', minute: '2-digit', timeZone: 'UTC' })
}
