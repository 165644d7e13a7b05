/** Where an appointment stands, in a word and a colour. */
import type { Appointment } from '@ambulo/client'
import { Badge } from '@mantine/core'
import { useTranslation } from 'react-i18next'

const COLORS: Record<string, string> = { canceled: 'gray', no_show: 'red', requested: 'orange', completed: 'gray' }

export function StatusBadge({ status }: { status: Appointment['status'] }) {
  const { t } = useTranslation()
  const known = status ?? 'scheduled'
  return (
    <Badge variant="light" color={COLORS[known]} tt="none" size="lg">
      {t(`status.${known}`)}
    </Badge>
  )
}
