/** One appointment: when, where and with whom; what became of it; moving and canceling. */
import type { Appointment } from '@ambulo/client'
import { Button, Group, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useLive } from '../app/live'
import { useHere } from '../app/session'
import { Policy } from '../book/Policy'
import { Summary } from '../book/Summary'
import { Asked, ButtonLink, Page } from '../ui'
import { formatMoney } from '../ui/money'
import { dateIn } from '../ui/times'
import { Cancel } from './Cancel'
import { CheckInCode } from './CheckInCode'
import { StatusBadge } from './StatusBadge'
import { Timeline } from './Timeline'
import { useCalendarEntry } from './useCalendarEntry'
import { useNames } from './useNames'
import { isAhead, isChangeable, termsOf, visitOf } from './visits'

export function Visit() {
  const { t } = useTranslation('portal')
  const here = useHere()
  const { appointmentId } = useParams({ from: '/inside/me/appointments/$appointmentId' })
  const found = useQuery(visitOf(here?.clinicId ?? '', appointmentId))
  useLive(here?.clinicId, here?.patientId ? [`patient:${here.patientId}`] : [])
  return (
    <Page
      title={t('visit.title')}
      actions={
        <ButtonLink to="/me" variant="subtle">
          {t('visit.all')}
        </ButtonLink>
      }
    >
      <Asked query={found}>{(visit) => <Known visit={visit} />}</Asked>
    </Page>
  )
}

function Known({ visit }: { visit: Appointment }) {
  const { t } = useTranslation(['portal', 'book'])
  const { service, specialist, location, zone } = useNames(visit)
  const terms = useQuery(termsOf(visit.clinicId ?? '', visit.id)).data
  const [isCanceling, { open, close }] = useDisclosure()
  const save = useCalendarEntry(visit)
  const isToday = dateIn(zone) === dateIn(zone, new Date(visit.start))
  return (
    <Stack gap="lg" maw={760}>
      <Summary service={service} specialist={specialist} location={location} start={visit.start} end={visit.end}>
        <Group mt="xs">
          <StatusBadge status={visit.status} />
          {visit.fee && <Text size="sm">{t('visit.fee', { fee: formatMoney(visit.fee) })}</Text>}
        </Group>
        {visit.notes && (
          <Text size="sm" mt="xs">
            {visit.notes}
          </Text>
        )}
      </Summary>
      {isToday && isAhead(visit, Date.now()) && <CheckInCode visit={visit} />}
      {isChangeable(visit) && (
        <>
          <Group gap="sm">
            <ButtonLink to="/me/appointments/$appointmentId/move" params={{ appointmentId: visit.id }}>
              {t('visit.move')}
            </ButtonLink>
            <Button variant="light" onClick={save}>
              {t('visit.calendar')}
            </Button>
            <Button variant="subtle" color="red" onClick={open}>
              {t('visit.cancel')}
            </Button>
          </Group>
          <Policy
            freeUntil={terms?.terms?.freeUntil ?? undefined}
            lateFee={terms?.terms?.lateFee}
            noShowFee={terms?.terms?.noShowFee}
            terms={terms?.text}
            zone={zone}
          />
          <Cancel visit={visit} zone={zone} isOpen={isCanceling} onClose={close} />
        </>
      )}
      <Timeline visit={visit} zone={zone} />
    </Stack>
  )
}
