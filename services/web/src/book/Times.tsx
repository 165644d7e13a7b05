/** The times of a day: in the morning, in the afternoon, in the evening. */
import { Button, Stack, Text, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { format } from '../ui/times'
import css from './book.module.css'
import type { FreeStart } from './days'

interface TimesProps {
  starts: FreeStart[]
  zone: string
  /** The start that is being kept now. */
  busy: string | undefined
  onTime: (start: FreeStart) => void
}

export const PARTS = [
  ['morning', 0, 12],
  ['afternoon', 12, 17],
  ['evening', 17, 24],
] as const

export function Times({ starts, zone, busy, onTime }: TimesProps) {
  const { t } = useTranslation('book')
  // Local, as the answer gives it: the hour stands after the T.
  const hour = ({ start }: FreeStart) => Number(start.slice(11, 13))
  return (
    <Stack gap="md">
      {PARTS.map(([part, from, until]) => {
        const those = starts.filter((each) => hour(each) >= from && hour(each) < until)
        if (those.length === 0) return null
        return (
          <section key={part} aria-labelledby={`times-${part}`}>
            <Title order={3} size="sm" c="dimmed" fw={500} mb={6} id={`times-${part}`}>
              {t(`time.${part}`)}
            </Title>
            <div className={css.times}>
              {those.map((each) => (
                <TimeButton key={each.start} start={each} zone={zone} busy={busy} onTime={onTime} />
              ))}
            </div>
          </section>
        )
      })}
    </Stack>
  )
}

interface TimeButtonProps extends Omit<TimesProps, 'starts'> {
  start: FreeStart
  words?: string
}

export function TimeButton({ start, zone, busy, onTime, words }: TimeButtonProps) {
  const { t } = useTranslation('book')
  return (
    <Button
      variant="default"
      h="auto"
      mih={46}
      px="xs"
      loading={busy === start.startUTC}
      // Not disabled: whoever is on it with the keyboard would lose their place.
      aria-disabled={busy !== undefined}
      data-time={start.startUTC}
      onClick={() => busy === undefined && onTime(start)}
    >
      <span>
        {words ?? format(start.start, zone, 'time')}
        {start.seatsLeft > 0 && (
          <Text size="xs" c="dimmed" component="span" display="block">
            {t('time.seats', { count: start.seatsLeft })}
          </Text>
        )}
      </span>
    </Button>
  )
}
