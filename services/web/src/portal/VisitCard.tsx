/** An appointment in a list: leads to its page. */
import type { Appointment } from '@ambulo/client'
import { Group, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { LocalTime } from '../ui'
import css from './portal.module.css'
import { StatusBadge } from './StatusBadge'
import { useNames } from './useNames'

export function VisitCard({ visit }: { visit: Appointment }) {
  const { service, specialist, location, zone } = useNames(visit)
  return (
    <Link to="/me/appointments/$appointmentId" params={{ appointmentId: visit.id }} className={css.card}>
      <Group justify="space-between" align="flex-start">
        <div>
          <Text fw={600} td={visit.status === 'canceled' ? 'line-through' : undefined}>
            <LocalTime at={visit.start} zone={zone} />
          </Text>
          <Text c="dimmed" size="sm">
            {[service, specialist, location?.name].filter(Boolean).join(' · ')}
          </Text>
        </div>
        <StatusBadge status={visit.status} />
      </Group>
    </Link>
  )
}
