/** A patient's start: the next visit, those after it, what they wait for, and what was. Live. */
import type { Appointment } from '@ambulo/client'
import { Button, Stack, Title } from '@mantine/core'
import { type UseInfiniteQueryResult, type UseQueryResult, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLive } from '../app/live'
import { useHere } from '../app/session'
import { Asked, ButtonLink, Empty, Failed, Loading, NoPermission, Page } from '../ui'
import { NextVisit } from './NextVisit'
import { VisitCard } from './VisitCard'
import { past, upcoming, type Whose } from './visits'
import { Waiting, waiting } from './Waiting'

export function Appointments() {
  const { t } = useTranslation('portal')
  const here = useHere()
  const clinicId = here?.clinicId ?? ''
  const whose = { clinicId, patientId: here?.patientId ?? '' }
  useLive(clinicId, whose.patientId ? [`patient:${whose.patientId}`] : [])
  return (
    <Page
      title={t('appointments.title')}
      actions={
        <ButtonLink to="/c/$clinicId/book" params={{ clinicId }} search={{}}>
          {t('appointments.book')}
        </ButtonLink>
      }
    >
      <Stack gap="xl" maw={760}>
        {whose.patientId ? <Visits whose={whose} /> : <NoPermission />}
      </Stack>
    </Page>
  )
}

/** Each part has its own failures; where nothing ahead can be shown either, that is said once, for all of them. */
function Visits({ whose }: { whose: Whose }) {
  const { t } = useTranslation('portal')
  // The same as long as the screen is there: it is part of what is asked.
  const [now] = useState(() => Date.now())
  const waits = useQuery(waiting(whose))
  const ahead = useInfiniteQuery(upcoming(whose, now))
  const calledOff = useInfiniteQuery(upcoming(whose, now, 'calledOff'))
  const before = useInfiniteQuery(past(whose, now))
  const isQuiet = ahead.data === undefined
  return (
    <>
      <Beside id="waiting" title={t('waiting.title')} query={waits} isQuiet={isQuiet}>
        {({ entries }) => <Waiting entries={entries} clinicId={whose.clinicId} />}
      </Beside>
      <Asked query={ahead} loading={<Loading rows={3} height={96} />}>
        {({ pages }) => <Ahead visits={notOver(pages, now)} found={ahead} />}
      </Asked>
      <Beside id="called-off" title={t('appointments.calledOff')} query={calledOff} isQuiet={isQuiet}>
        {({ pages }) => (
          <Listed
            id="called-off"
            title={t('appointments.calledOff')}
            visits={notOver(pages, now)}
            found={calledOff}
            more={t('appointments.more')}
          />
        )}
      </Beside>
      <Beside id="past" title={t('appointments.past')} query={before} isQuiet={isQuiet}>
        {({ pages }) => (
          <Listed
            id="past"
            title={t('appointments.past')}
            visits={pages.flat().filter(({ end }) => Date.parse(end) <= now)}
            found={before}
            more={t('appointments.earlier')}
          />
        )}
      </Beside>
    </>
  )
}

interface BesideProps<T> {
  id: string
  title: string
  query: UseQueryResult<T>
  isQuiet: boolean
  children: (data: T) => ReactNode
}

/** Nothing until it is known; what has failed is under its heading. */
function Beside<T>({ id, title, query, isQuiet, children }: BesideProps<T>) {
  const asked = (
    <Asked query={query} loading={null}>
      {children}
    </Asked>
  )
  if (!query.isError || query.data !== undefined) return asked
  return isQuiet ? null : (
    <Section id={id} title={title}>
      {asked}
    </Section>
  )
}

function Ahead({ visits: [next, ...rest], found }: { visits: Appointment[]; found: More }) {
  const { t } = useTranslation('portal')
  if (!next) return <Empty title={t('appointments.empty.title')}>{t('appointments.empty.detail')}</Empty>
  return (
    <>
      <NextVisit visit={next} />
      <Listed id="ahead" title={t('appointments.ahead')} visits={rest} found={found} more={t('appointments.more')} />
    </>
  )
}

function notOver(pages: { appointments: Appointment[] }[], now: number): Appointment[] {
  return pages.flatMap(({ appointments }) => appointments).filter(({ end }) => Date.parse(end) > now)
}

type More = Pick<
  UseInfiniteQueryResult,
  'error' | 'hasNextPage' | 'isFetchingNextPage' | 'isFetchNextPageError' | 'fetchNextPage'
>

interface ListedProps {
  id: string
  title: string
  visits: Appointment[]
  found: More
  /** How the next page is asked for. */
  more: string
}

/** Visits under their heading, and a way to the next page of them; nothing if there are none. */
function Listed({ id, title, visits, found, more }: ListedProps) {
  if (visits.length === 0) return null
  return (
    <Section id={id} title={title}>
      {visits.map((visit) => (
        <VisitCard key={visit.id} visit={visit} />
      ))}
      {found.isFetchNextPageError && <Failed error={found.error} />}
      {found.hasNextPage && (
        <Button variant="subtle" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
          {more}
        </Button>
      )}
    </Section>
  )
}

function Section({ id, title, children }: { id: string; title: string; children: ReactNode }) {
  return (
    <Stack component="section" gap="sm" aria-labelledby={id}>
      <Title order={2} size="h4" id={id}>
        {title}
      </Title>
      {children}
    </Stack>
  )
}
