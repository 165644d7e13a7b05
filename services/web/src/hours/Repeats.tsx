/** In which weeks a stretch holds, and from when until when. */
import { NativeSelect, SimpleGrid } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { DateInput } from '../ui/DateInput'
import type { Stretch } from './week'

const WEEKS = [1, 2, 3, 4, 5, 6, 7, 8]

export function Repeats({ stretch, change }: { stretch: Stretch; change: (stretch: Stretch) => void }) {
  const { t } = useTranslation('hours')
  const { everyWeeks, inWeekOf, validFrom, validUntil } = stretch
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm" py="xs">
      <NativeSelect
        size="md"
        label={t('repeat.label')}
        value={everyWeeks}
        data={WEEKS.map((count) => ({ value: String(count), label: t('repeat.every', { count }) }))}
        onChange={(event) => change({ ...stretch, everyWeeks: Number(event.currentTarget.value) })}
      />
      {everyWeeks > 1 && (
        <DateInput
          required
          label={t('repeat.weekLabel')}
          description={t('repeat.weekHelp')}
          // Beside a field without one, what is typed is on one line.
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          value={inWeekOf}
          onChange={(date) => change({ ...stretch, inWeekOf: date })}
        />
      )}
      <DateInput
        label={t('repeat.fromLabel')}
        value={validFrom}
        max={validUntil || undefined}
        onChange={(date) => change({ ...stretch, validFrom: date })}
      />
      <DateInput
        label={t('repeat.untilLabel')}
        value={validUntil}
        min={validFrom || undefined}
        onChange={(date) => change({ ...stretch, validUntil: date })}
      />
    </SimpleGrid>
  )
}
