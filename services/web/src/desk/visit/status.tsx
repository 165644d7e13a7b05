/** Where a visit stands: a picture, a colour, and always the word. */
import { useTranslation } from 'react-i18next'
import type { Status } from '../data'
import css from './status.module.css'

const PICTURES: Record<Status, string> = {
  requested: 'M5 6a3 3 0 1 1 3.6 2.9c-.5.1-.6.5-.6 1.1M8 12.8v.2',
  scheduled: 'M8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11M8 5v3.2l2 1.3',
  confirmed: 'M3 8.5 6.5 12 13 4.5',
  checked_in: 'M8 8a2.6 2.6 0 1 0 0-5.2A2.6 2.6 0 0 0 8 8m-5 5.5c.4-2.6 2.4-4 5-4s4.6 1.4 5 4',
  in_progress: 'M5 3.5v9l7.5-4.5z',
  completed: 'm1.5 8.5 3 3 6-7m-3 6.5.5.5 6-7',
  canceled: 'M8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11M4.2 4.2l7.6 7.6',
  no_show: 'm4 4 8 8m0-8-8 8',
}

export function StatusPicture({ status }: { status: Status }) {
  return (
    <svg viewBox="0 0 16 16" className={css.picture} aria-hidden="true">
      <path d={PICTURES[status]} />
    </svg>
  )
}

export function StatusPill({ status }: { status: Status | null }) {
  const { t } = useTranslation()
  const known = status ?? 'scheduled'
  return (
    <span className={css.pill} data-status={known}>
      <StatusPicture status={known} />
      {t(`status.${known}`)}
    </span>
  )
}
