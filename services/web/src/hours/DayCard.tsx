/** One day of the week as a form. */
import { Button, Card, Group, Stack, Text, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { CopyDay } from './CopyDay'
import { Icon } from './Icon'
import { StretchRow } from './StretchRow'
import { copied, type Day, onDay, suggested, type Week, without, withStretch } from './week'

export interface DayCardProps {
  day: Day
  week: Week
  /** What is wrong, by the key of the stretch. */
  wrong: Record<string, string>
  change: (week: Week) => void
}

export function DayCard({ day, week, wrong, change }: DayCardProps) {
  const { t } = useTranslation('hours')
  const there = onDay(week, day)
  const isOpen = there.some(({ kind }) => kind === 'intervals')
  const name = t(`days.${day}`)
  return (
    <Card withBorder component="section" aria-label={name} padding="md">
      <Stack gap="sm">
        <Group justify="space-between" mih={36}>
          <Title order={2} size="h4">
            {name}
          </Title>
          {isOpen ? (
            <CopyDay day={day} copy={(to) => change(copied(week, day, to))} />
          ) : (
            <Text c="dimmed">{t('closed')}</Text>
          )}
        </Group>
        {there.map((each) => (
          <StretchRow
            key={each.key}
            stretch={each}
            wrong={wrong[each.key]}
            change={(changed) => change(withStretch(week, changed))}
            remove={() => change(without(week, each))}
          />
        ))}
        <Group gap="xs">
          <Button
            variant="light"
            size="sm"
            h={44}
            leftSection={<Icon name="plus" />}
            aria-label={t('add.hoursOn', { day: name })}
            onClick={() => change(withStretch(week, suggested('intervals', day, there)))}
          >
            {t('add.hours')}
          </Button>
          {isOpen && (
            <Button
              variant="subtle"
              size="sm"
              h={44}
              leftSection={<Icon name="plus" />}
              aria-label={t('add.breakOn', { day: name })}
              onClick={() => change(withStretch(week, suggested('breaks', day, there)))}
            >
              {t('add.break')}
            </Button>
          )}
        </Group>
      </Stack>
    </Card>
  )
}
