/** A visit in the grid: who, for what, where it stands; its buffers are beside it. */
import type { CSSProperties, PointerEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { useCatalog } from '../../app/catalog'
import { format } from '../../ui/times'
import { nameOf, usePatients, type Visit } from '../data'
import { StatusPicture } from '../visit/status'
import css from './grid.module.css'

interface VisitBoxProps {
  visit: Visit
  zone: string
  style: CSSProperties
  isShort: boolean
  isLifted: boolean
  onOpen: () => void
  onLift: (event: PointerEvent) => void
}

export function VisitBox({ visit, zone, style, isShort, isLifted, onOpen, onLift }: VisitBoxProps) {
  const { t } = useTranslation()
  const service = useCatalog().service(visit.serviceId)
  const name = nameOf(usePatients([visit.patientId]).get(visit.patientId ?? ''))
  const status = visit.status ?? 'scheduled'
  const buffers = {
    '--before': service?.bufferBeforeMinutes ?? 0,
    '--after': service?.bufferAfterMinutes ?? 0,
  } as CSSProperties
  return (
    <div className={css.slot} style={{ ...style, ...buffers }} data-lifted={isLifted || undefined}>
      <span className={css.buffers} aria-hidden="true" />
      <button
        type="button"
        className={css.visit}
        data-status={status}
        data-short={isShort || undefined}
        onClick={onOpen}
        onPointerDown={onLift}
      >
        <span className={css.who}>
          <StatusPicture status={status} />
          <b>{name}</b>
          <time>{format(visit.start, zone, 'time')}</time>
        </span>
        <span className={css.what}>
          {t(`status.${status}`)} · {service?.name}
        </span>
      </button>
    </div>
  )
}
