/** "The first three free with anybody next week in the morning": asked once, booked with a click. */
import { answer, type Location, type Slot } from '@ambulo/client'
import { Button, Card, Group, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../../app/api'
import { Asked, Empty, LocalTime } from '../../ui'
import { addDays, dateIn } from '../../ui/times'
import { minutesIn } from '../clock'
import { useClinicId } from '../data'
import { Side } from '../Side'
import type { WantedVisit } from '../wanted'
import { SearchForm, type Sought } from './SearchForm'

interface FindTimeProps {
  location: Location
  close: () => void
  book: (slot: WantedVisit) => void
}

export function FindTime({ location, close, book }: FindTimeProps) {
  const { t } = useTranslation('desk')
  const clinicId = useClinicId()
  const [sought, seek] = useState<Sought>()
  const found = useQuery({
    queryKey: [clinicId, 'first', location.id, sought],
    queryFn: ({ signal }) => {
      const { serviceId = '', providerId, from = '', until = '', part, limit } = sought ?? {}
      // A day that has begun is looked at from now on.
      const after = from > dateIn(location.timeZone) ? { after: from } : {}
      const query = {
        serviceId,
        locationIds: [location.id],
        until: addDays(until, 1),
        limit: limit ?? 3,
        ...after,
        ...(providerId && { providerIds: [providerId] }),
        ...(part && { preferredTimeOfDay: part }),
      }
      return answer(
        api.GET('/v1/clinics/{clinicId}/availability/first', { params: { path: { clinicId }, query }, signal }),
      )
    },
    enabled: Boolean(clinicId && sought),
  })
  const take = (slot: Slot) =>
    book({
      kind: 'visit',
      locationId: location.id,
      serviceId: sought?.serviceId ?? '',
      providerId: slot.provider?.id ?? '',
      date: dateIn(location.timeZone, new Date(slot.start)),
      minutes: minutesIn(location.timeZone, slot.start),
    })
  return (
    <Side title={t('find.title')} close={close}>
      <Stack gap="lg">
        <SearchForm location={location} seek={seek} isBusy={found.isFetching} />
        {sought && (
          <Asked
            query={found}
            isEmpty={({ slots }) => !slots.length}
            empty={<Empty title={t('find.none.title')}>{t('find.none.detail')}</Empty>}
          >
            {({ slots }) => (
              <Stack gap="xs" component="ul" p={0} m={0} style={{ listStyle: 'none' }} aria-label={t('find.results')}>
                {slots.map((slot) => (
                  <li key={`${slot.start}${slot.provider?.id}`}>
                    <Found slot={slot} zone={location.timeZone} take={() => take(slot)} />
                  </li>
                ))}
              </Stack>
            )}
          </Asked>
        )}
      </Stack>
    </Side>
  )
}

function Found({ slot, zone, take }: { slot: Slot; zone: string; take: () => void }) {
  const { t } = useTranslation('desk')
  return (
    <Card withBorder padding="sm">
      <Group justify="space-between" wrap="nowrap">
        <div>
          <Text fw={600}>
            <LocalTime at={slot.start} until={slot.end} zone={zone} />
          </Text>
          <Text size="sm">{[slot.provider?.name, slot.roomOptions[0]?.name].filter(Boolean).join(' · ')}</Text>
        </div>
        <Button variant="light" flex="none" onClick={take}>
          {t('find.book')}
        </Button>
      </Group>
    </Card>
  )
}
