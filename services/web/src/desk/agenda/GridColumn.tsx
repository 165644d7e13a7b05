/** One column of the grid: open hours, what is there, and the ghost of what is being dragged. */
import { VisuallyHidden } from '@mantine/core'
import type { CSSProperties, MouseEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { format } from '../../ui/times'
import { minutesIn } from '../clock'
import type { Agenda } from '../data'
import type { useDrag } from './drag'
import type { GridActions } from './Grid'
import css from './grid.module.css'
import type { Stretch } from './hours'
import { type Column, place } from './layout'
import { VisitBox } from './VisitBox'

interface GridColumnProps extends Pick<Agenda, 'appointments' | 'blocks' | 'holds'>, Omit<GridActions, 'onMove'> {
  column: Column
  open: Stretch[] | undefined
  shown: Stretch
  zone: string
  now: Date | undefined
  isOnly: boolean
  isClosed: boolean
  label: string
  drag: ReturnType<typeof useDrag>
}

export function GridColumn({
  column,
  open,
  shown,
  zone,
  now,
  isOnly,
  isClosed,
  label,
  drag,
  ...rest
}: GridColumnProps) {
  const { t } = useTranslation('desk')
  const { appointments, blocks, holds, onVisit, onFree, onBlock } = rest
  const where = ({ from, to }: Stretch) => ({ '--at': from - shown.from, '--length': to - from }) as CSSProperties
  const { dragging } = drag
  const ghost = dragging?.spot.key === column.key ? dragging : undefined
  const click = (event: MouseEvent<HTMLElement>) => {
    const spot = drag.wasDrag() ? undefined : drag.spotAt(event.clientX, event.clientY)
    if (spot && event.target === event.currentTarget) onFree(column, spot.minutes)
  }
  return (
    <section className={css.column} aria-label={label} data-only={isOnly || undefined}>
      <button type="button" className={css.head} onClick={() => onFree(column)}>
        <VisuallyHidden>{t('agenda.newAt')} </VisuallyHidden>
        <strong>{column.title}</strong> <span>{column.detail}</span>
      </button>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the button "New appointment" is for the keyboard */}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: see above */}
      <div
        className={css.body}
        data-unknown={!open || undefined}
        data-column={column.key}
        onPointerDown={drag.onFree}
        onClick={click}
      >
        {open?.length === 0 && <p className={css.off}>{t(isClosed ? 'agenda.closed' : 'agenda.off')}</p>}
        {open?.map((stretch) => (
          <div key={stretch.from} className={css.open} data-open style={where(clipped(stretch, shown))} />
        ))}
        {place(holds, column.date, zone).map(({ item, ...at }) => (
          <div key={`${item.startUTC}${item.providerId}`} className={css.hold} style={where(at)}>
            {t('agenda.held', { time: format(item.expiresAt ?? '', zone, 'time') })}
          </div>
        ))}
        {place(blocks, column.date, zone).map(({ item, ...at }) => (
          <button
            key={item.id}
            type="button"
            className={css.block}
            style={where(clipped(at, shown))}
            onClick={() => onBlock(item.id)}
          >
            {t('agenda.blocked')}
            {item.reason && ` · ${item.reason}`}
          </button>
        ))}
        {place(appointments, column.date, zone).map(({ item, from, to, lane, lanes }) => (
          <VisitBox
            key={item.id}
            visit={item}
            zone={zone}
            style={{ ...where({ from, to }), '--lane': lane, '--lanes': lanes } as CSSProperties}
            isShort={to - from < 30}
            isLifted={dragging?.kind === 'visit' && dragging.visit.id === item.id}
            onOpen={() => drag.wasDrag() || onVisit(item)}
            onLift={(event) => drag.onVisit(event, item, { key: column.key, minutes: from }, to - from)}
          />
        ))}
        {ghost && (
          <div
            className={css.ghost}
            style={where({
              from: ghost.spot.minutes,
              to: ghost.kind === 'visit' ? ghost.spot.minutes + ghost.length : ghost.until,
            })}
          >
            {clockWords(ghost.spot.minutes, ghost.kind === 'visit' ? ghost.spot.minutes + ghost.length : ghost.until)}
          </div>
        )}
        {now && isWithin(minutesIn(zone, now), shown) && (
          <div className={css.now} style={where({ from: minutesIn(zone, now), to: minutesIn(zone, now) })} />
        )}
      </div>
    </section>
  )
}

function clipped<T extends Stretch>(stretch: T, shown: Stretch): T {
  return { ...stretch, from: Math.max(stretch.from, shown.from), to: Math.min(stretch.to, shown.to) }
}

function isWithin(minutes: number, shown: Stretch): boolean {
  return minutes >= shown.from && minutes < shown.to
}

function clockWords(from: number, to: number): string {
  return [from, to].map((minutes) => format(new Date(minutes * 60_000), 'UTC', 'time')).join('–')
}
