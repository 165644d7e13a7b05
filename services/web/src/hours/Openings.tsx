/** Openings by a rule of their own, such as the first Saturday of each month. */
import { Button, Card, Group, Stack, Text, Title } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Icon } from './Icon'
import { OpeningForm } from './OpeningForm'
import { useRuleWords } from './useRuleWords'
import type { WeekViewProps } from './WeekList'
import { newOpening, type Opening } from './week'

export function Openings({ week, wrong, change }: WeekViewProps) {
  const { t } = useTranslation('hours')
  const words = useRuleWords()
  const [editing, setEditing] = useState<string>()
  const put = (openings: Opening[]) => change({ ...week, openings })
  const add = () => {
    const made = newOpening('FREQ=MONTHLY;BYDAY=1SA', new Date().toISOString().slice(0, 10))
    put([...week.openings, made])
    setEditing(made.key)
  }
  return (
    <Card withBorder component="section" aria-label={t('opening.title')} padding="md">
      <Stack gap="sm">
        <Title order={2} size="h4">
          {t('opening.title')}
        </Title>
        <Text c="dimmed" size="sm">
          {t('opening.help')}
        </Text>
        {week.openings.map((each) => {
          const { when, more } = words(each)
          return (
            <Stack key={each.key} gap="xs">
              <Group justify="space-between" wrap="nowrap" align="flex-start">
                <div>
                  <Text fw={600}>{when}</Text>
                  <Text size="sm" c="dimmed">
                    {more}
                  </Text>
                </div>
                <Group gap={4} wrap="nowrap">
                  <Button
                    variant="subtle"
                    size="sm"
                    h={44}
                    aria-expanded={editing === each.key}
                    aria-label={`${editing === each.key ? t('opening.done') : t('opening.change')}: ${when}`}
                    onClick={() => setEditing(editing === each.key ? undefined : each.key)}
                  >
                    {editing === each.key ? t('opening.done') : t('opening.change')}
                  </Button>
                  <Button
                    variant="subtle"
                    color="gray"
                    size="sm"
                    h={44}
                    aria-label={`${t('opening.remove')}: ${when}`}
                    onClick={() => put(week.openings.filter(({ key }) => key !== each.key))}
                  >
                    <Icon name="cross" />
                  </Button>
                </Group>
              </Group>
              {wrong[each.key] && (
                <Text size="sm" c="var(--mantine-color-error)" role="alert">
                  {wrong[each.key]}
                </Text>
              )}
              {editing === each.key && (
                <OpeningForm
                  opening={each}
                  change={(changed) => put(week.openings.map((it) => (it.key === changed.key ? changed : it)))}
                />
              )}
            </Stack>
          )
        })}
        <Group>
          <Button variant="light" size="sm" h={44} leftSection={<Icon name="plus" />} onClick={add}>
            {t('opening.add')}
          </Button>
        </Group>
      </Stack>
    </Card>
  )
}
