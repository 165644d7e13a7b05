/** The free times of a day with a specialist, to choose from. */
import { answer } from '@ambulo/client'
import { Chip, Group, Skeleton, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { api } from '../../app/api'
import { addDays, format } from '../../ui/times'
import { clock, minutesIn } from '../clock'
import { useClinicId } from '../data'
import css from './times.module.css'

interface FreeTimesProps {
  wanted: {
    serviceId: string
    locationId: string
    providerId: string
    date: string
    /** By whose hours; absent: by the specialist's. */
    calendarId?: string | undefined
  }
  zone: string
  chosen: string
  choose: (time: string) => void
}

export function FreeTimes({ wanted, zone, chosen, choose }: FreeTimesProps) {
  const { t } = useTranslation('desk')
  const clinicId = useClinicId()
  const { serviceId, locationId, providerId, date, calendarId } = wanted
  const found = useQuery({
    queryKey: [clinicId, 'first', 'day', wanted],
    queryFn: ({ signal }) => {
      const what = calendarId ? { calendarId } : { serviceId, locationId }
      const query = { ...what, providerIds: [providerId], start: date, end: addDays(date, 1), limit: 200 }
      return answer(api.GET('/v1/clinics/{clinicId}/availability', { params: { path: { clinicId }, query }, signal }))
    },
    enabled: Boolean(clinicId && serviceId && providerId && date),
  })
  if (!serviceId || !providerId || found.isError) return null
  if (!found.data) return <Skeleton height={44} />
  if (!found.data.slots.length) return <Text size="sm">{t('new.noneFree')}</Text>
  return (
    <Chip.Group value={chosen} onChange={(value) => choose(String(value))}>
      <Group gap={6} role="group" aria-label={t('new.freeTimes')} className={css.times}>
        {found.data.slots.map(({ start }) => (
          <Chip
            key={start}
            value={clock(minutesIn(zone, start))}
            size="md"
            variant="outline"
            classNames={{ label: css.time }}
          >
            {format(start, zone, 'time')}
          </Chip>
        ))}
      </Group>
    </Chip.Group>
  )
}
