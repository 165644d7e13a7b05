/** The rule of an opening by choices; one that says more than they can is left as it is written. */
import { Chip, Group, NativeSelect, SimpleGrid, Stack, TextInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { DateInput } from '../ui/DateInput'
import { TimeInput } from '../ui/TimeInput'
import { CODES, type Code, parse, type Rule, write } from './rrule'
import { DAYS, minutesOf, type Opening, span, timeOf } from './week'

const NTH = [1, 2, 3, 4, -1] as const

export function OpeningForm({ opening, change }: { opening: Opening; change: (opening: Opening) => void }) {
  const { t } = useTranslation('hours')
  const { firstDay, starts, durationMinutes } = opening
  const rule = parse(opening.rrule)
  const ends = starts ? timeOf(minutesOf(starts) + durationMinutes) : ''
  const between = (from: string, until: string) => {
    if (!from || !until) return change({ ...opening, starts: from })
    const { from: begins, until: stops } = span({ starts: from, ends: until })
    change({ ...opening, starts: from, durationMinutes: stops - begins })
  }
  return (
    <Stack gap="sm" pl="sm">
      {rule ? (
        <RuleForm rule={rule} change={(next) => change({ ...opening, rrule: write(next) })} />
      ) : (
        <TextInput
          label={t('opening.rule')}
          value={opening.rrule}
          onChange={(event) => change({ ...opening, rrule: event.currentTarget.value })}
        />
      )}
      <SimpleGrid cols={{ base: 1, xs: 3 }} spacing="sm">
        <DateInput
          required
          label={t('opening.firstDay')}
          value={firstDay}
          onChange={(date) => change({ ...opening, firstDay: date })}
        />
        <TimeInput required label={t('between.startTime')} value={starts} onChange={(time) => between(time, ends)} />
        <TimeInput required label={t('between.endTime')} value={ends} onChange={(time) => between(starts, time)} />
      </SimpleGrid>
    </Stack>
  )
}

function RuleForm({ rule, change }: { rule: Rule; change: (rule: Rule) => void }) {
  const { t } = useTranslation('hours')
  const freqs = ['weekly', 'monthly'] as const
  const isMonthly = rule.freq === 'monthly'
  return (
    <Stack gap="sm">
      <SimpleGrid cols={{ base: 1, xs: 3 }} spacing="sm">
        <NativeSelect
          size="md"
          label={t('opening.freq')}
          value={rule.freq}
          data={[...new Set([...freqs, rule.freq])].map((value) => ({
            value,
            label: t(`opening.words.${value}`, { count: 1 }),
          }))}
          onChange={(event) => {
            const freq = event.currentTarget.value as Rule['freq']
            change({ ...rule, freq, nth: freq === 'monthly' ? 1 : 0, days: rule.days.length > 0 ? rule.days : ['SA'] })
          }}
        />
        {isMonthly && (
          <NativeSelect
            size="md"
            label={t('opening.which')}
            value={rule.nth}
            data={NTH.map((nth) => ({ value: String(nth), label: t(`opening.nth.${nth}`) }))}
            onChange={(event) => change({ ...rule, nth: Number(event.currentTarget.value) })}
          />
        )}
        <DateInput label={t('repeat.untilLabel')} value={rule.until} onChange={(until) => change({ ...rule, until })} />
      </SimpleGrid>
      <Chip.Group
        multiple
        value={rule.days}
        onChange={(days) => days.length > 0 && change({ ...rule, days: days as Code[] })}
      >
        <Group gap="xs" role="group" aria-label={t('opening.days')}>
          {CODES.map((code, at) => (
            <Chip key={code} value={code} size="md">
              {t(`days.${DAYS[at] ?? 'monday'}`)}
            </Chip>
          ))}
        </Group>
      </Chip.Group>
    </Stack>
  )
}
