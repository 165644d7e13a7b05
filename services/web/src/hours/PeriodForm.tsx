/** A form about a stretch of time: what it is about, from when until when, and why. */
import { Button, Card, Group, Stack, Text, TextInput, Title } from '@mantine/core'
import type { FormEvent, ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { BetweenFields } from './BetweenFields'
import { instants } from './between'
import type { PeriodSaid } from './usePeriod'

export interface When {
  start: string
  end: string
}

interface PeriodFormProps {
  title: string
  help?: string
  period: PeriodSaid
  /** Such as a reason may be. */
  example: string
  /** What the button says. */
  does: string
  isPending?: boolean
  wrong: string | undefined
  submit: (when: When) => void
  /** What it is about. */
  children?: ReactNode
  /** What came of it. */
  outcome?: ReactNode
}

export function PeriodForm({ title, help, period, example, does, wrong, submit, ...more }: PeriodFormProps) {
  const { t } = useTranslation('hours')
  const send = (event: FormEvent) => {
    event.preventDefault()
    const when = instants(period.between, period.zone)
    if (when) submit(when)
  }
  return (
    <Card withBorder padding="lg" component="form" onSubmit={send} aria-label={title}>
      <Stack maw={560}>
        <Title order={2} size="h4">
          {title}
        </Title>
        {help && (
          <Text c="dimmed" size="sm">
            {help}
          </Text>
        )}
        {more.children}
        <BetweenFields period={period} wrong={wrong} />
        <TextInput
          label={t('reason')}
          placeholder={example}
          maxLength={500}
          value={period.reason}
          onChange={(event) => period.explain(event.currentTarget.value)}
        />
        {more.outcome}
        <Group>
          <Button type="submit" loading={more.isPending ?? false}>
            {does}
          </Button>
        </Group>
      </Stack>
    </Card>
  )
}
