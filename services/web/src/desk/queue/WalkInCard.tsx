/** Somebody who walked in: for what, how long still, and what happens next. */
import type { Location, Specialist } from '@ambulo/client'
import { Badge, Button, Card, Group, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useCatalog } from '../../app/catalog'
import { LocalTime } from '../../ui'
import { Choice } from '../Choice'
import { nameOf, usePatients } from '../data'
import { Refused } from '../Refused'
import { useOffered } from '../useOffered'
import { useWalkInStep, type WalkIn, type WalkInStep } from './data'
import { useOnDuty } from './onDuty'

interface WalkInCardProps {
  walkIn: WalkIn
  location: Location
}

export function WalkInCard({ walkIn, location }: WalkInCardProps) {
  const { t } = useTranslation('desk')
  const { service } = useCatalog()
  const name = nameOf(usePatients([walkIn.patientId]).get(walkIn.patientId ?? ''))
  const offered = service(walkIn.serviceId)
  const able = useOffered(walkIn.locationId).givers(walkIn.serviceId)
  const [providerId, setProvider] = useProvider(walkIn, location, able)
  const write = useWalkInStep()
  const take = (step: WalkInStep) =>
    write.mutate({ walkInId: walkIn.id, version: walkIn.version, step, ...(step !== 'leave' && { providerId }) })
  const button = (step: WalkInStep, variant: 'filled' | 'default') => (
    <Button
      variant={variant}
      onClick={() => take(step)}
      disabled={write.isPending || (step !== 'leave' && !providerId)}
      loading={write.isPending && write.variables.step === step}
    >
      {t(`queue.${step}`)}
    </Button>
  )
  return (
    <Card withBorder padding="md">
      <Stack gap="sm">
        <Group justify="space-between" align="flex-start" gap="xs">
          <div>
            <Text fw={650}>{name}</Text>
            <Text size="sm">
              {offered?.name} · {t('queue.since')}{' '}
              {walkIn.joinedAt && <LocalTime at={walkIn.joinedAt} zone={location.timeZone} style="time" />}
            </Text>
            {walkIn.notes && <Text size="sm">{walkIn.notes}</Text>}
          </div>
          <Group gap="xs">
            {walkIn.urgent && <Badge color="red.9">{t('queue.urgent')}</Badge>}
            <Badge variant="outline">{t(`queue.status.${walkIn.status ?? 'waiting'}`)}</Badge>
          </Group>
        </Group>
        {walkIn.status === 'waiting' && (
          <Text>
            {t('queue.turn', { place: walkIn.position })}
            {' · '}
            {walkIn.expectedWait ? t('queue.wait', { count: walkIn.expectedWait.minutes }) : t('queue.unknown')}
          </Text>
        )}
        <Group gap="xs" align="flex-end">
          <Choice
            label={t('queue.with')}
            value={providerId}
            of={able}
            {...(!providerId && { none: t('queue.choose') })}
            choose={setProvider}
          />
          {walkIn.status === 'waiting' ? button('call', 'filled') : button('serve', 'filled')}
          {walkIn.status === 'waiting' && button('serve', 'default')}
          {button('leave', 'default')}
        </Group>
        <Refused error={write.error} />
      </Stack>
    </Card>
  )
}

/**
 * To whom: whom the queue names, or else who works now and gives it. A choice made here stands until the queue says
 * something new, such as that a colleague has called them.
 */
function useProvider(walkIn: WalkIn, location: Location, able: Specialist[]) {
  const [chosen, choose] = useState({ version: walkIn.version, id: '' })
  const here = useOnDuty(location).find((id) => able.some((each) => each.id === id))
  const own = chosen.version === walkIn.version ? chosen.id : ''
  const providerId = own || walkIn.calledProviderId || walkIn.providerId || here || ''
  return [providerId, (id: string) => choose({ version: walkIn.version, id })] as const
}
