/** It is booked: what, when and where, for the calendar, and how to look after it. */
import { Button, Group, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { publicClinic } from '../app/clinic'
import { ButtonLink } from '../ui'
import { addressOf } from './address'
import type { Done } from './draft'
import { HeldSummary, useHeldNames } from './HeldSummary'
import type { Booker } from './holding'
import { saveIcs } from './ics'
import { Tick } from './pictures'
import { StepFrame } from './StepFrame'

export function DoneStep({ done, booker }: { done: Done; booker: Booker | undefined }) {
  const { t } = useTranslation('book')
  const { clinicId } = useParams({ from: '/c/$clinicId' })
  const clinic = useQuery(publicClinic(clinicId)).data
  const { service, specialist, location } = useHeldNames(done.held)
  const save = () =>
    saveIcs({
      id: done.id,
      start: done.held.start,
      end: done.held.end,
      title: [service, clinic?.name].filter(Boolean).join(', '),
      place: location ? [location.name, addressOf(location)].filter(Boolean).join(', ') : '',
      words: specialist ?? '',
      url: new URL('/me', window.location.href).href,
    })
  return (
    <StepFrame step="done" title={done.requested ? t('done.requested') : t('done.title')}>
      <Tick />
      <Text>{done.requested ? t('done.requestedDetail') : t('done.detail')}</Text>
      <HeldSummary held={done.held} />
      <Stack gap="sm">
        <Group gap="sm">
          <Button size="lg" onClick={save}>
            {t('done.calendar')}
          </Button>
          <ButtonLink to={booker ? '/me' : '/'} variant="light" size="lg">
            {booker ? t('done.mine') : t('done.signIn')}
          </ButtonLink>
        </Group>
        {!booker && (
          <Text size="sm" c="dimmed">
            {t('done.signInHint')}
          </Text>
        )}
        <ButtonLink to="/c/$clinicId" params={{ clinicId }} variant="subtle" w="fit-content" px={0}>
          {t('done.clinic')}
        </ButtonLink>
      </Stack>
    </StepFrame>
  )
}
