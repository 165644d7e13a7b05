/** Who comes? While one types, the time is kept. */
import { Problem } from '@ambulo/client'
import { Alert, Button, Stack, Text } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { type FormEvent, useEffect, useEffectEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Asked, Loading, useProblemWords } from '../ui'
import css from './book.module.css'
import { useBooking } from './booking'
import { DetailsForm, type Faults, faultsOf, focusFirst } from './DetailsForm'
import { changeDraft, useDraft } from './draft'
import { type Booker, isAlive, isGone, useReturning, useTaking } from './holding'
import { Kept } from './Kept'
import { publicPolicy, textOf } from './offers'
import { Policy } from './Policy'
import { StepFrame } from './StepFrame'
import { Summary } from './Summary'
import type { Choice } from './useChosen'

/** Of a clinic that says the usual: that it costs nothing. */
const LINE = 22

export function DetailsStep({ choice, booker }: { choice: Choice; booker: Booker | undefined }) {
  const { t, i18n } = useTranslation('book')
  const words = useProblemWords()
  const queries = useQueryClient()
  const search = useSearch({ from: '/c/$clinicId/book' })
  const go = useNavigate({ from: '/c/$clinicId/book' })
  const { clinicId, service, location, specialists, calendarId } = choice
  const { details, hold, booking: waiting } = useDraft(clinicId)
  const [faults, setFaults] = useState<Faults>({})
  const at = search.at ?? ''
  const toTimes = () => {
    // What was free before is not offered instead.
    queries.removeQueries({ queryKey: [clinicId, 'days'] })
    const { at: gone, by, ...rest } = search
    void go({ search: { ...rest, step: 'time', ...(gone && { gone }) }, replace: true })
  }
  const taking = useTaking(clinicId, booker)
  const take = () => {
    const wanted = { serviceId: service.id, locationId: location.id, providerId: search.by ?? '', calendarId, at }
    taking.mutate(wanted, { onError: (error) => isGone(error) && toTimes() })
  }
  const booking = useBooking(clinicId, booker, {
    onBooked: (step) => void go({ search: { ...search, step }, replace: step === 'done' }),
    onOver: take,
  })
  const keepAgain = () => {
    if (waiting?.held.startUTC === at)
      // Come back to correct something: it is kept still.
      changeDraft(clinicId, { hold: { ...waiting.held, expiresAt: waiting.expiresAt }, booking: undefined })
    else take()
  }
  // Reloaded, or come to by its address. Only then: what is let go by leaving is not asked for again.
  const begin = useEffectEvent(() => {
    if (!hold && taking.isIdle && booking.isIdle) keepAgain()
  })
  useEffect(() => begin(), [])
  useReturning(keepAgain)
  const policy = useQuery(publicPolicy(clinicId, service.id))
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const found = booker ? {} : faultsOf(details)
    setFaults(found)
    if (Object.keys(found).length > 0) return focusFirst(event.currentTarget, found)
    if (hold && isAlive(hold)) booking.mutate(hold)
    else take()
  }
  const failure = booking.error ?? (isGone(taking.error) ? null : taking.error)
  const told = failure instanceof Problem ? failure.violations : []
  return (
    <StepFrame step="details" title={t('details.title')} back={{ ...search, step: 'time' }}>
      <Summary
        service={textOf(service, i18n.language).name}
        specialist={specialists.find(({ id }) => id === (hold?.providerId ?? search.by))?.name}
        location={location}
        start={hold?.start ?? at}
        end={hold?.end ?? new Date(Date.parse(at) + service.durationMinutes * 60_000).toISOString()}
      />
      <Kept clinicId={clinicId} hold={hold} isTaking={taking.isPending} hasFailed={Boolean(failure)} onAgain={take} />
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          {booker ? <Text>{t('details.asPatient', { email: booker.email })}</Text> : null}
          <DetailsForm
            details={details}
            isGuest={!booker}
            faults={{ ...faults, ...Object.fromEntries(told.map(({ pointer }) => [pointer.slice(1), 'wrong'])) }}
            onChange={(change) => changeDraft(clinicId, { details: { ...details, ...change } })}
          />
          <Asked query={policy} loading={<Loading rows={1} height={LINE} />}>
            {({ noticeMinutes, lateFee, noShowFee, terms }) => (
              <Policy
                freeUntil={new Date(Date.parse(at) - noticeMinutes * 60_000).toISOString()}
                lateFee={lateFee}
                noShowFee={noShowFee}
                terms={terms}
                zone={location.timeZone}
              />
            )}
          </Asked>
          {failure && (
            <Alert color="red" variant="light" role="alert" title={words(failure).title}>
              {words(failure).detail} {t('details.kept')}
            </Alert>
          )}
          <Button type="submit" size="lg" className={css.next} loading={booking.isPending}>
            {booker ? t('details.book') : t('details.next')}
          </Button>
        </Stack>
      </form>
    </StepFrame>
  )
}
