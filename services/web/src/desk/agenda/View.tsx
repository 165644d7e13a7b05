/** The agenda as it was asked for: columns, lines, or a month of counts. */
import { Stack, Text } from '@mantine/core'
import { lazyRouteComponent } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useLater } from '../../app/later'
import { instantAt } from '../clock'
import type { Agenda, Visit } from '../data'
import { useMove } from '../visit/move'
import type { Wanted } from '../wanted'
import { Grid } from './Grid'
import type { WorkingTimes } from './hours'
import { type Column, inColumn, whoIsThereFirst } from './layout'
import type { Where } from './where'

const Lines = lazyRouteComponent(() => import('./Lines'), 'Lines')
const MonthView = lazyRouteComponent(() => import('./MonthView'), 'MonthView')

const LATER = [Lines, MonthView]

interface ViewProps {
  hours: WorkingTimes
  where: Where
  agenda: Agenda
  want: (wanted: Wanted) => void
}

export function View({ where, agenda, hours, want }: ViewProps) {
  const { t } = useTranslation('desk')
  useLater(LATER)
  const { zone, location, columns, who, view, go } = where
  const move = useMove(zone)
  const isCrowded = view === 'week' && (who.length > 1 || where.isPhone)
  if (view === 'month') return <MonthView where={where} agenda={agenda} />
  const onVisit = (visit: Visit) => go({ visit: visit.id })
  if (where.isList || isCrowded) return <Lines columns={columns} agenda={agenda} zone={zone} onVisit={onVisit} />
  const onFree = ({ date, providerId, roomId }: Column, minutes?: number, until?: number) =>
    want({
      kind: 'visit',
      date,
      ...(minutes !== undefined && { minutes }),
      locationId: location?.id ?? '',
      ...(providerId && { providerId }),
      ...(roomId && { roomId }),
      ...(until && { until }),
    })
  const onMove = (visit: Visit, to: Column, minutes: number) =>
    move(visit, {
      start: instantAt(zone, to.date, minutes),
      ...(to.providerId && { providerId: to.providerId }),
      ...(to.roomId && { roomId: to.roomId }),
    })
  const openOn = ({ providerId, date }: Column) => (providerId ? hours.worksAt(providerId, date) : undefined)
  const isAway = (column: Column) => openOn(column)?.length === 0 && !inColumn(column, agenda, zone).appointments.length
  return (
    <Stack gap="xs">
      <Grid
        columns={view === 'day' ? whoIsThereFirst(columns, isAway) : columns}
        agenda={agenda}
        zone={zone}
        openOn={openOn}
        isClosedOn={(date) => where.specialists.every(({ id }) => hours.worksAt(id, date)?.length === 0)}
        onVisit={onVisit}
        onFree={onFree}
        onBlock={(id) => want({ kind: 'block', id })}
        onMove={onMove}
      />
      <Text size="sm" visibleFrom="sm">
        {t('agenda.hint')}
      </Text>
      {agenda.truncated && <Text role="status">{t('agenda.truncated')}</Text>}
    </Stack>
  )
}
