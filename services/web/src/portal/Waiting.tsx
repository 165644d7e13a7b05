/** What a patient waits for; a time that is offered can be taken or passed on. */
import { type Answer, answer } from '@ambulo/client'
import { Alert, Button, Card, Group, Stack, Text, Title } from '@mantine/core'
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { api } from '../app/api'
import { useCatalog } from '../app/catalog'
import { useKeys } from '../app/keys'
import { partOf } from '../book/waiting'
import { LocalTime, useProblemWords } from '../ui'
import { format } from '../ui/times'
import { useNames } from './useNames'
import type { Whose } from './visits'

type Entry = Answer<'ListWaitlist'>['entries'][number]

export const waiting = ({ clinicId, patientId }: Whose) =>
  queryOptions({
    queryKey: [clinicId, 'waitlist', patientId],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/v1/clinics/{clinicId}/waitlist', {
          params: { path: { clinicId }, query: { patientId, limit: 50 } },
          signal,
        }),
      ),
    enabled: Boolean(patientId),
  })

export function Waiting({ entries, clinicId }: { entries: Entry[]; clinicId: string }) {
  const { t } = useTranslation('portal')
  if (entries.length === 0) return null
  return (
    <Stack component="section" gap="sm" aria-labelledby="waiting">
      <Title order={2} size="h4" id="waiting">
        {t('waiting.title')}
      </Title>
      {entries.map((entry) => (
        <One key={entry.id} entry={entry} clinicId={clinicId} />
      ))}
    </Stack>
  )
}

/** With whom, where, on which days and at what time: as far as somebody has said so. */
function Wishes({ entry, place }: { entry: Entry; place: string }) {
  const { t } = useTranslation(['portal', 'book'])
  const { specialist } = useCatalog()
  const { firstDay, lastDay, notBefore, notAfter } = entry
  const part = partOf(entry)
  const people = (entry.providerIds ?? []).map((id) => specialist(id)?.name)
  const days = [
    firstDay && t('waiting.from', { day: dayOf(firstDay) }),
    lastDay && t('waiting.to', { day: dayOf(lastDay) }),
  ]
  const times = [
    notBefore && t('waiting.notBefore', { time: timeOf(notBefore) }),
    notAfter && t('waiting.notAfter', { time: timeOf(notAfter) }),
  ]
  const when = [...days, ...(part ? [] : times)].filter(Boolean).join(' ')
  const time = part && part !== 'any' && t(`book:waitlist.part.${part}`)
  return (
    <>
      <Text>{[...people, place].filter(Boolean).join(' · ')}</Text>
      <Text>{[when, time].filter(Boolean).join(' · ')}</Text>
    </>
  )
}

/** Dates and times of day are those of the place: of no zone. */
const dayOf = (date: string) => format(`${date}T00:00:00Z`, 'UTC', 'date')
const timeOf = (time: string) => format(`2000-01-01T${time}:00Z`, 'UTC', 'time')

function useAnswer(clinicId: string, entryId: string) {
  const queries = useQueryClient()
  const keys = useKeys()
  return useMutation({
    networkMode: 'always',
    mutationFn: async (how: 'accept' | 'decline' | 'leave') => {
      const params = { path: { clinicId, entryId }, header: keys.of(how) }
      if (how === 'accept') await api.POST('/v1/clinics/{clinicId}/waitlist/{entryId}/accept', { params, body: {} })
      if (how === 'decline') await api.POST('/v1/clinics/{clinicId}/waitlist/{entryId}/decline', { params, body: {} })
      if (how === 'leave') await api.DELETE('/v1/clinics/{clinicId}/waitlist/{entryId}', { params })
    },
    // Also if it failed: the offer may have gone to somebody else.
    onSettled: () => queries.invalidateQueries({ queryKey: [clinicId] }),
  })
}

function One({ entry, clinicId }: { entry: Entry; clinicId: string }) {
  const { t } = useTranslation('portal')
  const words = useProblemWords()
  const { offer } = entry
  const { service, specialist, location, zone } = useNames({
    serviceId: entry.serviceId,
    providerId: offer?.providerId ?? null,
    locationId: offer?.locationId ?? entry.locationId,
  })
  const reply = useAnswer(clinicId, entry.id)
  const button = (how: 'accept' | 'decline' | 'leave', variant: string) => (
    <Button
      variant={variant}
      loading={reply.isPending && reply.variables === how}
      disabled={reply.isPending}
      onClick={() => reply.mutate(how)}
    >
      {t(`waiting.${how}`)}
    </Button>
  )
  return (
    <Card withBorder padding="md">
      <Stack gap="sm">
        <Text fw={600}>{service}</Text>
        {offer ? (
          <Alert variant="light" role="note" title={t('waiting.offered')}>
            <Text fz="lg" fw={600}>
              <LocalTime at={offer.start} zone={zone} />
            </Text>
            <Text>{[specialist, location?.name].filter(Boolean).join(' · ')}</Text>
            {offer.expiresAt && (
              <Text size="sm" mb="sm">
                {t('waiting.until')} <LocalTime at={offer.expiresAt} zone={zone} style="dayAndTime" />
              </Text>
            )}
            <Group gap="sm">
              {button('accept', 'filled')}
              {button('decline', 'default')}
            </Group>
          </Alert>
        ) : (
          <Group justify="space-between">
            <div>
              <Wishes entry={entry} place={location?.name ?? ''} />
              <Text c="dimmed">{t('waiting.detail')}</Text>
            </div>
            {button('leave', 'default')}
          </Group>
        )}
        {reply.isError && (
          <Text c="var(--mantine-color-error)" role="alert">
            {words(reply.error).title}
          </Text>
        )}
      </Stack>
    </Card>
  )
}
