/** Around each step: how far one is, the way back, and its question, which the keyboard goes to first. */
import { Anchor, Group, Progress, Stack, Text, Title } from '@mantine/core'
import { Link, useParams } from '@tanstack/react-router'
import { type ReactNode, useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import css from './book.module.css'
import { type BookSearch, STEPS, type Step } from './search'

interface StepFrameProps {
  step: Step
  title: string
  lead?: ReactNode
  /** Where the way back leads; absent: there is none. */
  back?: BookSearch
  children: ReactNode
}

/** The last is no step of anybody's: it is done. */
const COUNT = STEPS.length - 1
let shown: Step | undefined

export function StepFrame({ step, title, lead, back, children }: StepFrameProps) {
  const { t } = useTranslation('book')
  const { clinicId } = useParams({ from: '/c/$clinicId' })
  const heading = useRef<HTMLHeadingElement>(null)
  const at = Math.min(STEPS.indexOf(step) + 1, COUNT)
  useEffect(() => {
    document.title = `${title} · Ambulo`
  }, [title])
  useEffect(() => {
    // Whoever has just come reads from the top; whoever goes on, from the new question.
    if (shown && shown !== step) heading.current?.focus()
    shown = step
  }, [step])
  return (
    <Stack gap="lg">
      <Stack gap="xs">
        <Group justify="space-between" mih={44}>
          {back ? (
            <Anchor
              component={Link}
              to="/c/$clinicId/book"
              params={{ clinicId } as never}
              search={back as never}
              className={css.back}
            >
              <span aria-hidden>← </span>
              {t('step.back')}
            </Anchor>
          ) : (
            <span />
          )}
          {step !== 'done' && (
            <Text size="sm" c="dimmed">
              {t('step.of', { at, count: COUNT })}
            </Text>
          )}
        </Group>
        <Progress value={(100 * at) / COUNT} size="sm" aria-hidden />
      </Stack>
      <div>
        <Title order={1} size="h2" tabIndex={-1} ref={heading} className={css.heading}>
          {title}
        </Title>
        {lead && (
          <Text c="dimmed" component="div">
            {lead}
          </Text>
        )}
      </div>
      {children}
    </Stack>
  )
}
