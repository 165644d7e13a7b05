/** Says that there is no network and from when what is shown is; and what waits to be sent, or was refused. */
import { Problem } from '@ambulo/client'
import { Alert, Button, Group, Stack, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useProblemWords } from '../../ui'
import { format, ownZone } from '../../ui/times'
import { useOnline } from './online'
import { discard, insist, useWaiting, type Waiting } from './queue'

export function OfflineBanner({ className }: { className?: string | undefined }) {
  const { t } = useTranslation()
  const online = useOnline()
  const shownAt = useShownAt(!online)
  const waiting = useWaiting()
  const refused = waiting.filter((each) => each.refused)
  const others = waiting.filter((each) => !each.refused)
  return (
    <div aria-live="polite" className={className}>
      {!online && (
        <Alert color="yellow" radius={0} py="xs" title={t('offline.title')}>
          {shownAt
            ? t('offline.from', { when: format(new Date(shownAt), ownZone(), 'dayAndTime') })
            : t('offline.detail')}
        </Alert>
      )}
      {others.length > 0 && (
        <Alert color="blue" radius={0} py="xs" title={t('offline.waiting', { count: others.length })}>
          <List of={others} />
        </Alert>
      )}
      {refused.length > 0 && (
        <Alert color="red" radius={0} py="xs" title={t('offline.refused', { count: refused.length })}>
          <List of={refused} />
        </Alert>
      )}
    </div>
  )
}

function List({ of: all }: { of: Waiting[] }) {
  return (
    <Stack component="ul" gap="xs" p={0} m={0}>
      {all.map((each) => (
        <One key={each.id} it={each} />
      ))}
    </Stack>
  )
}

function One({ it }: { it: Waiting }) {
  const { t } = useTranslation()
  const what = t('offline.what', { what: t(`offline.writes.${it.write}`), about: it.about })
  return (
    <Group component="li" justify="space-between" gap="xs">
      <div>
        <Text size="sm" fw={600}>
          {what}
        </Text>
        {it.refused && <Refused reason={it.refused.reason} status={it.refused.status} />}
      </div>
      <Group gap="xs">
        {it.refused?.status === 412 && (
          <Button
            size="sm"
            h={44}
            variant="light"
            aria-label={`${t('offline.insist')}: ${what}`}
            onClick={() => void insist(it)}
          >
            {t('offline.insist')}
          </Button>
        )}
        <Button
          size="sm"
          h={44}
          variant="default"
          aria-label={`${t('offline.discard')}: ${what}`}
          onClick={() => void discard(it.id)}
        >
          {t('offline.discard')}
        </Button>
      </Group>
    </Group>
  )
}

function Refused({ reason, status }: { reason: string; status: number }) {
  const { t } = useTranslation()
  const words = useProblemWords()
  const { title } = words(new Problem({ code: reason, status }))
  return <Text size="sm">{`${title}. ${t('offline.look')}`}</Text>
}

/** When the oldest of what the screen shows was read. */
function useShownAt(isWanted: boolean): number | undefined {
  const queries = useQueryClient()
  const [at, setAt] = useState<number>()
  useEffect(() => {
    if (!isWanted) return
    const look = () => {
      const all = queries.getQueryCache().findAll({ type: 'active' })
      const read = all.map(({ state }) => state.dataUpdatedAt).filter(Boolean)
      setAt(read.length > 0 ? Math.min(...read) : undefined)
    }
    look()
    return queries.getQueryCache().subscribe(() => queueMicrotask(look))
  }, [isWanted, queries])
  return at
}
