/** The time that was wanted is somebody else's now: says so, and offers what is near it. */
import { Alert, Group, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { format } from '../ui/times'
import type { FreeDays, FreeStart } from './days'
import { TimeButton } from './Times'

interface SlotGoneProps {
  gone: string
  days: FreeDays['days']
  zone: string
  busy: string | undefined
  isReady: boolean
  onTime: (start: FreeStart) => void
}

const OFFERED = 3

export function SlotGone({ gone, days, zone, busy, isReady, onTime }: SlotGoneProps) {
  const { t } = useTranslation('book')
  const near = isReady ? nearest(days, gone) : []
  return (
    <Alert
      color="orange"
      variant="light"
      title={t('gone.title', { time: format(gone, zone, 'dayAndTime') })}
      role="alert"
    >
      <Text mb="sm">{near.length > 0 ? t('gone.near') : t('gone.choose')}</Text>
      <Group gap="xs" mih={46}>
        {near.map((each) => (
          <TimeButton
            key={each.start}
            start={each}
            zone={zone}
            busy={busy}
            onTime={onTime}
            words={format(each.start, zone, 'shortDayAndTime')}
          />
        ))}
      </Group>
    </Alert>
  )
}

export function nearest(days: FreeDays['days'], wanted: string): FreeStart[] {
  const at = Date.parse(wanted)
  const distance = ({ start }: FreeStart) => Math.abs(Date.parse(start) - at)
  return days
    .flatMap(({ starts }) => starts)
    .filter(({ start }) => Date.parse(start) !== at)
    .sort((one, other) => distance(one) - distance(other))
    .slice(0, OFFERED)
    .sort((one, other) => Date.parse(one.start) - Date.parse(other.start))
}
