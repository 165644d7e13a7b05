/** Who has an appointment today: expected, arrived, in treatment; one click from each to the next. */
import type { Location } from '@ambulo/client'
import { Badge, Button, Card, Group, Stack, Text, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useCatalog } from '../../app/catalog'
import { useWaiting } from '../../app/offline/queue'
import { Asked, Loading, LocalTime } from '../../ui'
import { addDays, dateIn, startOfDay } from '../../ui/times'
import { useNow } from '../agenda/now'
import { nameOf, useAgenda, usePatients, useRooms, type Visit } from '../data'
import { Refused } from '../Refused'
import { StatusPill } from '../visit/status'
import { type Step, useStep } from '../visit/steps'
import { useAbout } from '../visit/useAbout'
import css from './board.module.css'

const STAGES = [
  { name: 'expected', statuses: ['scheduled', 'confirmed'], next: 'checkIn' },
  { name: 'arrived', statuses: ['checked_in'], next: 'start' },
  { name: 'inTreatment', statuses: ['in_progress'], next: 'complete' },
] as const

export function Board({ location }: { location: Location }) {
  const { t } = useTranslation('desk')
  const now = useNow()
  const zone = location.timeZone
  const today = dateIn(zone, now)
  const agenda = useAgenda(startOfDay(today, zone), startOfDay(addDays(today, 1), zone), location.id)
  return (
    <section>
      <Title order={2} size="h4" mb="sm">
        {t('queue.appointments')}
      </Title>
      <Asked query={agenda} loading={<Loading rows={1} height={280} />}>
        {({ appointments }) => (
          <div className={css.board}>
            {STAGES.map(({ name, statuses, next }) => {
              const here = appointments.filter(({ status }) => (statuses as readonly string[]).includes(status ?? ''))
              return (
                <section key={name} className={css.stage} aria-label={t(`queue.${name}`)}>
                  <Group justify="space-between" mb="sm">
                    <Title order={3} size="h5">
                      {t(`queue.${name}`)}
                    </Title>
                    <Text fw={650}>{here.length}</Text>
                  </Group>
                  <Stack gap="xs">
                    {here.map((visit) => (
                      <One key={visit.id} visit={visit} zone={zone} next={next} now={now} />
                    ))}
                    {!here.length && <Text size="sm">{t('queue.nobody')}</Text>}
                  </Stack>
                </section>
              )
            })}
          </div>
        )}
      </Asked>
    </section>
  )
}

function One({ visit, zone, next, now }: { visit: Visit; zone: string; next: Step; now: Date }) {
  const { t } = useTranslation('desk')
  const { service, specialist } = useCatalog()
  const room = useRooms().find(({ id }) => id === visit.roomId)
  const name = nameOf(usePatients([visit.patientId]).get(visit.patientId ?? ''))
  const write = useStep()
  const about = useAbout(visit, zone)
  const waits = useWaiting().some(({ target }) => target === visit.id)
  const isLate = next === 'checkIn' && Date.parse(visit.start) < now.getTime()
  return (
    <Card withBorder padding="sm">
      <Stack gap={6}>
        <Group justify="space-between" gap="xs">
          <Text fw={650}>{name}</Text>
          {isLate && <Badge color="red.9">{t('queue.late')}</Badge>}
        </Group>
        <Text size="sm">
          <LocalTime at={visit.start} until={visit.end} zone={zone} style="time" /> ·{' '}
          {[service(visit.serviceId)?.name, specialist(visit.providerId)?.name, room?.name].filter(Boolean).join(' · ')}
        </Text>
        <Group justify="space-between" gap="xs">
          <StatusPill status={visit.status} />
          <Button
            variant="light"
            loading={write.isPending}
            disabled={waits}
            onClick={() => write.mutate({ appointmentId: visit.id, version: visit.version, step: next, about })}
          >
            {t(`steps.${next}`)}
          </Button>
        </Group>
        <Refused error={write.error} />
      </Stack>
    </Card>
  )
}
