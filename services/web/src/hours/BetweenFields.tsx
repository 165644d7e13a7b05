/** Dates, and times of day if it is not about whole days; in the zone of the place. */
import { SimpleGrid, Stack, Switch, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { DateInput } from '../ui/DateInput'
import { TimeInput } from '../ui/TimeInput'
import { differs, zoneName } from '../ui/times'
import type { PeriodSaid } from './usePeriod'

export function BetweenFields({ period, wrong }: { period: PeriodSaid; wrong: string | undefined }) {
  const { t } = useTranslation('hours')
  const { zone, change } = period
  const { wholeDays, fromDate, fromTime, untilDate, untilTime } = period.between
  const now = new Date()
  const startOn = (date: string) =>
    // The end follows: it is seldom before the start on purpose.
    change({ fromDate: date, untilDate: untilDate < date ? date : untilDate })
  return (
    <Stack gap="sm">
      <Switch
        size="md"
        label={t('between.wholeDays')}
        checked={wholeDays}
        onChange={(event) => change({ wholeDays: event.currentTarget.checked })}
      />
      <SimpleGrid cols={wholeDays ? { base: 1, xs: 2 } : 2} spacing="sm">
        <DateInput
          required
          label={t(wholeDays ? 'between.firstDay' : 'between.startDate')}
          value={fromDate}
          onChange={startOn}
        />
        {!wholeDays && (
          <TimeInput
            required
            label={t('between.startTime')}
            value={fromTime}
            onChange={(time) => change({ fromTime: time })}
          />
        )}
        <DateInput
          required
          label={t(wholeDays ? 'between.lastDay' : 'between.endDate')}
          value={untilDate}
          error={wrong}
          onChange={(date) => change({ untilDate: date })}
        />
        {!wholeDays && (
          <TimeInput
            required
            label={t('between.endTime')}
            value={untilTime}
            onChange={(time) => change({ untilTime: time })}
          />
        )}
      </SimpleGrid>
      {differs(now, zone) && (
        <Text size="sm" c="dimmed">
          {t('between.zone', { zone: zoneName(now, zone) })}
        </Text>
      )}
    </Stack>
  )
}
