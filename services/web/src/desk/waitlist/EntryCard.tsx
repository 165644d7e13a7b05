/** Somebody who waits: for what and when, what is held for them, what they were offered before. */
import { Badge, Button, Card, Group, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useCatalog } from '../../app/catalog'
import { partOf } from '../../book/waiting'
import { Asked, LocalTime } from '../../ui'
import { format } from '../../ui/times'
import { nameOf, usePatients } from '../data'
import { Refused } from '../Refused'
import { type Entry, useEntryAct, useOffers } from './data'

export function EntryCard({ entry }: { entry: Entry }) {
  const { t } = useTranslation('desk')
  const { service, specialist, location, locations } = useCatalog()
  const name = nameOf(usePatients([entry.patientId]).get(entry.patientId ?? ''))
  const zone = location(entry.offer?.locationId ?? entry.locationId)?.timeZone ?? locations[0]?.timeZone ?? 'UTC'
  const [isSure, ask] = useState(false)
  const [isOpen, open] = useState(false)
  const write = useEntryAct()
  const act = (what: 'accept' | 'decline' | 'remove') => write.mutate({ entryId: entry.id, act: what })
  const part = partOf(entry)
  const time = part && part !== 'any' && t(`find.parts.${part}`)
  const day = (date: string | null) => date && format(`${date}T12:00:00Z`, 'UTC', 'shortDay')
  const wishes = [
    [day(entry.firstDay), day(entry.lastDay)].filter(Boolean).join(' – '),
    part ? time : [entry.notBefore, entry.notAfter].filter(Boolean).join(' – '),
    entry.providerIds.map((id) => specialist(id)?.name).join(', ') || t('waitlist.anybody'),
    location(entry.locationId)?.name,
  ]
  return (
    <Card withBorder padding="md">
      <Stack gap="sm">
        <Group justify="space-between" align="flex-start" gap="xs">
          <div>
            <Text fw={650}>{name}</Text>
            <Text>{service(entry.serviceId)?.name}</Text>
            <Text size="sm">{wishes.filter(Boolean).join(' · ')}</Text>
            <Text size="sm">
              {t('waitlist.since')} {entry.joinedAt && <LocalTime at={entry.joinedAt} zone={zone} />}
            </Text>
          </div>
          <Group gap="xs">
            {entry.priority > 0 && <Badge color="red.9">{t('waitlist.priority')}</Badge>}
            <Badge variant="outline">{t(`waitlist.status.${entry.status ?? 'waiting'}`)}</Badge>
          </Group>
        </Group>
        {entry.offer && (
          <Text fw={600}>
            {t('waitlist.offer', {
              time: format(entry.offer.start, zone, 'dayAndTime'),
              until: format(entry.offer.expiresAt ?? '', zone, 'time'),
            })}
          </Text>
        )}
        <Group gap="xs">
          {entry.offer && (
            <>
              <Button onClick={() => act('accept')} loading={write.isPending}>
                {t('waitlist.accept')}
              </Button>
              <Button variant="default" onClick={() => act('decline')} disabled={write.isPending}>
                {t('waitlist.decline')}
              </Button>
            </>
          )}
          <Button variant="default" aria-expanded={isOpen} onClick={() => open(!isOpen)}>
            {t('waitlist.log')}
          </Button>
          {isSure ? (
            <Button color="red" onClick={() => act('remove')} loading={write.isPending}>
              {t('waitlist.reallyRemove')}
            </Button>
          ) : (
            <Button variant="default" onClick={() => ask(true)}>
              {t('waitlist.remove')}
            </Button>
          )}
        </Group>
        {isOpen && <Offers entryId={entry.id} zone={zone} />}
        <Refused error={write.error} />
      </Stack>
    </Card>
  )
}

function Offers({ entryId, zone }: { entryId: string; zone: string }) {
  const { t } = useTranslation('desk')
  const { specialist } = useCatalog()
  const offers = useOffers(entryId, true)
  return (
    <Asked query={offers} isEmpty={(found) => !found.offers.length} empty={<Text>{t('waitlist.noOffers')}</Text>}>
      {(found) => (
        <Stack component="ol" gap={4} m={0} pl="lg">
          {found.offers.map((offer) => (
            <li key={offer.id}>
              <LocalTime at={offer.start} zone={zone} /> · {specialist(offer.providerId)?.name} ·{' '}
              {t(`waitlist.outcome.${offer.outcome ?? 'open'}`)}
            </li>
          ))}
        </Stack>
      )}
    </Asked>
  )
}
