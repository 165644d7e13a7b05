/** What became of an appointment, step by step, in words. */
import type { Answer, Appointment } from '@ambulo/client'
import { Stack, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useSession } from '../app/session'
import { Asked, Loading, LocalTime } from '../ui'
import { format } from '../ui/times'
import css from './portal.module.css'
import { timelineOf } from './visits'

type Entry = Answer<'ListTimeline'>['entries'][number]

const KNOWN = [
  'booked',
  'moved',
  'accepted',
  'declined',
  'confirmed',
  'checked_in',
  'check_in_undone',
  'started',
  'completed',
  'no_show',
  'canceled',
] as const

export function Timeline({ visit, zone }: { visit: Appointment; zone: string }) {
  const { t } = useTranslation('portal')
  const found = useQuery(timelineOf(visit.clinicId ?? '', visit.id))
  return (
    <Stack component="section" gap="sm" aria-labelledby="timeline">
      <Title order={2} size="h4" id="timeline">
        {t('timeline.title')}
      </Title>
      <Asked query={found} loading={<Loading rows={1} height={60} />}>
        {({ entries }) => (
          <ol className={css.steps}>
            {entries.map((entry) => (
              <li key={entry.version}>
                <Step entry={entry} zone={zone} />
              </li>
            ))}
          </ol>
        )}
      </Asked>
    </Stack>
  )
}

function Step({ entry, zone }: { entry: Entry; zone: string }) {
  const { t } = useTranslation('portal')
  const session = useSession()
  const ownId = session.kind === 'somebody' ? session.session.me?.id : undefined
  const action = KNOWN.find((each) => each === entry.action) ?? 'changed'
  const time = entry.startUTC ? format(entry.startUTC, zone, 'dayAndTime') : ''
  return (
    <>
      <Text>{t(`timeline.${action}`, { time })}</Text>
      <Text size="sm" c="dimmed">
        {entry.changedAt && <LocalTime at={entry.changedAt} zone={zone} />}
        {' · '}
        {t(`timeline.by.${whoOf(entry, ownId)}`)}
        {entry.reason && ` · ${entry.reason}`}
      </Text>
    </>
  )
}

/** A guest has no account to be known by; timers and programs are nobody. */
export function whoOf({ actor, changedBy }: Pick<Entry, 'actor' | 'changedBy'>, ownId: string | undefined) {
  if (actor === 'anonymous') return 'guest'
  if (actor !== 'human') return 'itself'
  return changedBy === ownId ? 'you' : 'clinic'
}
