/** The code of the mail: with it, the time is booked. */
import { Problem } from '@ambulo/client'
import { Alert, Anchor, Button, Stack, Text, TextInput } from '@mantine/core'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useProblemWords } from '../ui'
import css from './book.module.css'
import { useConfirming } from './booking'
import { Countdown } from './Countdown'
import { changeDraft, type Draft } from './draft'
import { HeldSummary } from './HeldSummary'
import { useOtherTab } from './otherTab'
import { StepFrame } from './StepFrame'

export function ConfirmStep({ booking }: { booking: NonNullable<Draft['booking']> }) {
  const { t } = useTranslation('book')
  const words = useProblemWords()
  const { clinicId } = useParams({ from: '/c/$clinicId' })
  const search = useSearch({ from: '/c/$clinicId/book' })
  const go = useNavigate({ from: '/c/$clinicId/book' })
  const [code, setCode] = useState('')
  const [isOver, setOver] = useState(false)
  const goOn = () => void go({ search: { ...search, step: 'done' }, replace: true })
  const confirming = useConfirming(clinicId, goOn)
  useOtherTab(booking.id, (done) => {
    changeDraft(clinicId, { booking: undefined, done })
    goOn()
  })
  const reason = confirming.error instanceof Problem ? confirming.error.reason : ''
  const isLost = isOver || reason === 'BOOKING_OVER'
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (code.trim()) confirming.mutate({ id: booking.id, code })
  }
  const again = () => {
    changeDraft(clinicId, { booking: undefined })
    const { at, by, ...rest } = search
    void go({ search: { ...rest, step: 'time' } })
  }
  return (
    <StepFrame step="confirm" title={t('confirm.title')} lead={t('confirm.lead', { email: booking.email })}>
      <HeldSummary held={booking.held} />
      {isLost ? (
        <Alert color="orange" variant="light" role="alert" title={t('confirm.over.title')}>
          <Text mb="sm">{t('confirm.over.detail')}</Text>
          <Button onClick={again}>{t('confirm.over.again')}</Button>
        </Alert>
      ) : (
        <form onSubmit={submit} noValidate>
          <Stack gap="md">
            <TextInput
              label={t('confirm.code')}
              description={t('confirm.hint')}
              name="code"
              size="lg"
              maw={300}
              autoComplete="one-time-code"
              autoCapitalize="characters"
              spellCheck={false}
              maxLength={20}
              value={code}
              onChange={(event) => setCode(event.currentTarget.value.toUpperCase())}
              error={
                confirming.isError && (reason === 'WRONG_CODE' ? t('confirm.wrong') : words(confirming.error).title)
              }
              classNames={{ input: css.code }}
            />
            <Text c="dimmed" size="sm">
              <Countdown lead={t('confirm.until')} until={booking.expiresAt} onOver={() => setOver(true)} />
            </Text>
            <Button type="submit" size="lg" className={css.next} loading={confirming.isPending} disabled={!code.trim()}>
              {t('confirm.book')}
            </Button>
            <Anchor component={Link} to="." search={{ ...search, step: 'details' } as never} className={css.back}>
              {t('confirm.address')}
            </Anchor>
          </Stack>
        </form>
      )}
    </StepFrame>
  )
}
