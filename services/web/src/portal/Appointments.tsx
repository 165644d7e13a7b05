/** A patient's start: the next visit, those after it, what they wait for, and what was. Live. */
import type { Appointment } from '@ambulo/client'
import { Button, Stack, Title } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLive } from '../app/live'
import { useHere } from '../app/session'
import { ButtonLink, Empty, Failed, Loading, Page } from '../ui'
import { NextVisit } from './NextVisit'
import { VisitCard } from './VisitCard'
import { past, upcoming, type Whose } from './visits'
import { Waiting } from './Waiting'

export function Appointments() {
  const { t } = useTranslation('portal')
  const here = useHere()
  const clinicId = here?.clinicId ?? ''
  const whose = { clinicId, patientId: here?.patientId ?? '' }
  // The same as long as the screen is there: it is part of what is asked.
  const [now] = useState(() => Date.now())
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
        <Waiting whose={whose} />
        <Ahead whose={whose} now={now} />
        <CalledOff whose={whose} now={now} />
        <Past whose={whose} now={now} />
      </Stack>
    </Page>
  )
}

interface ListProps {
  whose: Whose
  now: number
}

function Ahead({ whose, now }: ListProps) {
  const { t } = useTranslation('portal')
  const found = useInfiniteQuery(upcoming(whose, now))
  if (found.isError && !found.data) return <Failed error={found.error} retry={() => void found.refetch()} />
  if (!found.data) return <Loading rows={3} height={96} />
  const [next, ...rest] = notOver(found.data.pages, now)
  return (
    <>
      {next ? (
        <NextVisit visit={next} />
      ) : (
        <Empty title={t('appointments.empty.title')}>{t('appointments.empty.detail')}</Empty>
      )}
      {rest.length > 0 && (
        <Listed id="ahead" title={t('appointments.ahead')}>
          {rest.map((visit) => (
            <VisitCard key={visit.id} visit={visit} />
          ))}
          {found.hasNextPage && (
            <Button variant="subtle" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
              {t('appointments.more')}
            </Button>
          )}
        </Listed>
      )}
    </>
  )
}

/** Also what the clinic has canceled; below what will be. */
function CalledOff({ whose, now }: ListProps) {
  const { t } = useTranslation('portal')
  const found = useInfiniteQuery(upcoming(whose, now, 'calledOff'))
  const visits = notOver(found.data?.pages ?? [], now)
  if (visits.length === 0) return null
  return (
    <Listed id="called-off" title={t('appointments.calledOff')}>
      {visits.map((visit) => (
        <VisitCard key={visit.id} visit={visit} />
      ))}
      {found.hasNextPage && (
        <Button variant="subtle" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
          {t('appointments.more')}
        </Button>
      )}
    </Listed>
  )
}

function notOver(pages: { appointments: Appointment[] }[], now: number): Appointment[] {
  return pages.flatMap(({ appointments }) => appointments).filter(({ end }) => Date.parse(end) > now)
}

function Past({ whose, now }: ListProps) {
  const { t } = useTranslation('portal')
  const found = useInfiniteQuery(past(whose, now))
  const visits = (found.data?.pages.flat() ?? []).filter(({ end }) => Date.parse(end) <= now)
  if (visits.length === 0) return null
  return (
    <Listed id="past" title={t('appointments.past')}>
      {visits.map((visit) => (
        <VisitCard key={visit.id} visit={visit} />
      ))}
      {found.hasNextPage && (
        <Button variant="subtle" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
          {t('appointments.earlier')}
        </Button>
      )}
    </Listed>
  )
}

function Listed({ id, title, children }: { id: string; title: string; children: ReactNode }) {
  return (
    <Stack component="section" gap="sm" aria-labelledby={id}>
      <Title order={2} size="h4" id={id}>
        {title}
      </Title>
      {children}
    </Stack>
  )
}
