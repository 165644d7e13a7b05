/** Booking, step by step: what for, with whom and where, when, for whom. What is chosen is in the address. */
import { type UseQueryResult, useQuery } from '@tanstack/react-query'
import { lazyRouteComponent, Navigate, useParams, useSearch } from '@tanstack/react-router'
import { Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { useLater } from '../app/later'
import { Asked, Empty, Loading, Page } from '../ui'
import { type Done, useDraft } from './draft'
import { useLettingGo } from './holding'
import { clinicPage, publicCalendars } from './offers'
import { ServiceStep } from './ServiceStep'
import { reached } from './search'
import { useBooker } from './useBooker'
import { useChosen } from './useChosen'

const WhoStep = lazyRouteComponent(() => import('./WhoStep'), 'WhoStep')
const TimeStep = lazyRouteComponent(() => import('./TimeStep'), 'TimeStep')
const DetailsStep = lazyRouteComponent(() => import('./DetailsStep'), 'DetailsStep')
const ConfirmStep = lazyRouteComponent(() => import('./ConfirmStep'), 'ConfirmStep')
const DoneStep = lazyRouteComponent(() => import('./DoneStep'), 'DoneStep')
const LATER = [WhoStep, TimeStep, DetailsStep, ConfirmStep, DoneStep]

export function Book() {
  const { clinicId } = useParams({ from: '/c/$clinicId' })
  const page = useQuery(clinicPage(clinicId))
  useLettingGo(clinicId)
  const { service, calendar } = useSearch({ from: '/c/$clinicId/book' })
  const calendars = useQuery(publicCalendars(clinicId))
  // What is free depends on the calendars, what is offered does not: nothing is shown that goes away again.
  const isKnown = (!service && !calendar) || !calendars.isPending
  if (page.data && page.data.services.length > 0 && isKnown)
    return (
      // As before the answer: a step whose script is still on its way must not take the heading away again.
      <Suspense fallback={<Coming />}>
        <Steps />
      </Suspense>
    )
  if (page.isPending || (page.data && page.data.services.length > 0)) return <Coming />
  return <Nothing page={page} />
}

function Coming() {
  const { t } = useTranslation('book')
  return (
    <Page title={t('clinic.book')}>
      <Loading />
    </Page>
  )
}

/** No services, or no answer; which it does not ask for itself, or it would ask for ever. */
function Nothing({ page }: { page: UseQueryResult }) {
  const { t } = useTranslation('book')
  return (
    <Page title={t('clinic.book')}>
      <Asked query={page}>{() => <Empty title={t('clinic.empty.title')}>{t('clinic.empty.detail')}</Empty>}</Asked>
    </Page>
  )
}

function Steps() {
  const { clinicId } = useParams({ from: '/c/$clinicId' })
  const search = useSearch({ from: '/c/$clinicId/book' })
  const draft = useDraft(clinicId)
  const { booker, isComing } = useBooker(clinicId)
  const chosen = useChosen()
  const calendar = useQuery(publicCalendars(clinicId)).data?.calendars.find(({ id }) => id === search.calendar)
  const step = reached(search, draft)
  useLater(LATER)
  // Whoever goes back from there finds it booked, and not for sale.
  const isDone = step === 'done' || ((step === 'details' || step === 'confirm') && isSame(draft.done, search.at))
  if (isDone && draft.done) return <DoneStep done={draft.done} booker={booker} />
  if (step === 'confirm' && draft.booking) return <ConfirmStep booking={draft.booking} />
  if (calendar && !search.service) {
    // The address of a calendar's own page says no more: the rest is the calendar's.
    const { serviceId, locationId } = calendar
    const rest = { step: 'time', service: serviceId ?? '', location: locationId ?? '' } as const
    return <Navigate to="/c/$clinicId/book" params={{ clinicId }} search={{ ...search, ...rest }} replace />
  }
  if (!chosen.service) return <ServiceStep />
  if (step === 'service' || step === 'who')
    return step === 'who' ? <WhoStep service={chosen.service} /> : <ServiceStep />
  if (!chosen.location) return <WhoStep service={chosen.service} />
  const choice = { ...chosen, service: chosen.service, location: chosen.location }
  // From here on it matters who it is.
  if (isComing) return <Coming />
  return step === 'time' ? (
    <TimeStep choice={choice} booker={booker} />
  ) : (
    <DetailsStep choice={choice} booker={booker} />
  )
}

function isSame(done: Done | undefined, at: string | undefined): boolean {
  return Boolean(done && at && Date.parse(done.held.start) === Date.parse(at))
}
