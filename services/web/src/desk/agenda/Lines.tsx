/** The agenda as lists: compact for several people, in order for who has it read out. */
import { Stack, Text, Title, UnstyledButton } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useCatalog } from '../../app/catalog'
import { format } from '../../ui/times'
import { type Agenda, nameOf, usePatients, useRooms, type Visit } from '../data'
import { StatusPill } from '../visit/status'
import { type Column, inColumn } from './layout'
import css from './lines.module.css'

interface LinesProps {
  columns: Column[]
  agenda: Agenda
  zone: string
  onVisit: (visit: Visit) => void
}

export function Lines({ columns, agenda, zone, onVisit }: LinesProps) {
  const { t } = useTranslation('desk')
  return (
    <div className={css.columns}>
      {columns.map((column) => {
        const { appointments } = inColumn(column, agenda, zone)
        return (
          <section key={column.key} className={css.column} aria-label={`${column.title} ${column.detail ?? ''}`}>
            <Title order={2} size="h4">
              {column.title}
            </Title>
            <Text size="sm" mb="xs">
              {column.detail}
            </Text>
            <Stack component="ul" gap={6} p={0} m={0} className={css.list}>
              {appointments.map((visit) => (
                <li key={visit.id}>
                  <Line visit={visit} zone={zone} onOpen={() => onVisit(visit)} />
                </li>
              ))}
              {!appointments.length && <li className={css.none}>{t('agenda.none')}</li>}
            </Stack>
          </section>
        )
      })}
    </div>
  )
}

export function Line({ visit, zone, onOpen }: { visit: Visit; zone: string; onOpen: () => void }) {
  const service = useCatalog().service(visit.serviceId)
  const room = useRooms().find(({ id }) => id === visit.roomId)
  const name = nameOf(usePatients([visit.patientId]).get(visit.patientId ?? ''))
  return (
    <UnstyledButton className={css.line} onClick={onOpen}>
      <span className={css.time}>
        {/* Above all of them it says of which zone they are. */}
        <time dateTime={visit.start}>
          {format(visit.start, zone, 'time')}–{format(visit.end, zone, 'time')}
        </time>
      </span>
      <span className={css.about}>
        <b>{name}</b>
        <span>{[service?.name, room?.name].filter(Boolean).join(' · ')}</span>
      </span>
      <StatusPill status={visit.status} />
    </UnstyledButton>
  )
}
