/** One stretch of a day as a form: from, until, in which weeks, and away with it. */
import { ActionIcon, Button, Group, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useTranslation } from 'react-i18next'
import { TimeInput } from '../ui/TimeInput'
import { Icon } from './Icon'
import { Repeats } from './Repeats'
import { endsNextDay, type Stretch } from './week'
import css from './week.module.css'
import { holdsWords } from './words'

interface StretchRowProps {
  stretch: Stretch
  wrong: string | undefined
  change: (stretch: Stretch) => void
  remove: () => void
}

export function StretchRow({ stretch, wrong, change, remove }: StretchRowProps) {
  const { t } = useTranslation('hours')
  const [isOpen, { toggle }] = useDisclosure(Boolean(wrong && stretch.everyWeeks > 1))
  const day = t(`days.${stretch.weekday}`)
  const what = t(`kind.${stretch.kind}`)
  const holds = holdsWords(stretch, t)
  return (
    <Stack gap={4} className={css.row} data-kind={stretch.kind} data-wrong={Boolean(wrong) || undefined}>
      <Group gap="xs" wrap="nowrap" align="center">
        <TimeInput
          className={css.time}
          aria-label={t('label.starts', { what, day })}
          value={stretch.starts}
          error={Boolean(wrong)}
          onChange={(starts) => change({ ...stretch, starts })}
        />
        <Text span aria-hidden>
          –
        </Text>
        <TimeInput
          className={css.time}
          aria-label={t('label.ends', { what, day })}
          value={stretch.ends}
          error={Boolean(wrong)}
          onChange={(ends) => change({ ...stretch, ends })}
        />
      </Group>
      <Group gap="xs" wrap="nowrap" justify="space-between">
        {stretch.kind === 'breaks' && (
          <Text span size="sm" fw={600}>
            {t('kind.breaks')}
          </Text>
        )}
        {stretch.starts && stretch.ends && endsNextDay(stretch) && (
          <Text span size="sm" c="dimmed">
            {t('nextDay')}
          </Text>
        )}
        <Button
          variant="subtle"
          size="compact-sm"
          className={css.weeks}
          leftSection={<Icon name="repeat" size={14} />}
          aria-expanded={isOpen}
          aria-label={`${holds || t('repeat.always')}. ${t('label.weeks', { what, day })}`}
          onClick={toggle}
        >
          {holds || t('repeat.always')}
        </Button>
        <ActionIcon variant="subtle" color="gray" size={44} onClick={remove} aria-label={t('remove', { what, day })}>
          <Icon name="cross" />
        </ActionIcon>
      </Group>
      {wrong && (
        <Text size="sm" className={css.wrong} role="alert">
          {wrong}
        </Text>
      )}
      {isOpen && <Repeats stretch={stretch} change={change} />}
    </Stack>
  )
}
