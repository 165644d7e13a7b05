/** One appointment: who, what, where, what happened to it, and what can be done next. */

import { Anchor, Divider, Stack, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useCatalog } from '../../app/catalog'
import { formatLocale } from '../../app/i18n'
import { Asked, LocalTime } from '../../ui'
import { nameOf, oneVisit, useClinicId, usePatients, useRooms, type Visit } from '../data'
import { Side } from '../Side'
import { Actions } from './Actions'
import { CheckInCode } from './CheckInCode'
import css from './panel.module.css'
import { StatusPill } from './status'
import { Timeline } from './Timeline'

export function VisitPanel({ visitId, close }: { visitId: string; close: () => void }) {
  const { t } = useTranslation('desk')
  const clinicId = useClinicId()
  const found = useQuery(oneVisit(clinicId, visitId))
  return (
    <Side title={t('visit.title')} close={close}>
      <Asked query={found}>{({ appointment }) => appointment && <Facts visit={appointment} />}</Asked>
    </Side>
  )
}

function Facts({ visit }: { visit: Visit }) {
  const { t } = useTranslation('desk')
  const { service, specialist, location } = useCatalog()
  const room = useRooms().find(({ id }) => id === visit.roomId)
  const patient = usePatients([visit.patientId]).get(visit.patientId ?? '')
  const zone = location(visit.locationId)?.timeZone ?? 'UTC'
  const also = visit.alsoProviderIds.map((id) => specialist(id)?.name)
  return (
    <Stack gap="md">
      <Stack gap={4} align="flex-start">
        <Title order={2} size="h3">
          {nameOf(patient)}
        </Title>
        {patient?.phone && <Anchor href={`tel:${patient.phone}`}>{patient.phone}</Anchor>}
        <StatusPill status={visit.status} />
      </Stack>
      <Actions visit={visit} zone={zone} />
      <dl className={css.facts}>
        <Fact name={t('visit.time')}>
          <LocalTime at={visit.start} until={visit.end} zone={zone} />
        </Fact>
        <Fact name={t('visit.service')}>{service(visit.serviceId)?.name}</Fact>
        <Fact name={t('visit.specialist')}>
          {[specialist(visit.providerId)?.name, ...also].filter(Boolean).join(', ')}
        </Fact>
        <Fact name={t('visit.room')}>{[location(visit.locationId)?.name, room?.name].filter(Boolean).join(' · ')}</Fact>
        <Fact name={t('visit.equipment')}>
          {visit.equipment.length > 0 && t('visit.units', { count: visit.equipment.length })}
        </Fact>
        <Fact name={t('visit.notes')}>{visit.notes}</Fact>
        <Fact name={t('visit.reason')}>{visit.reason}</Fact>
        <Fact name={t('visit.fee')}>{visit.fee && money(visit.fee)}</Fact>
        <Fact name={t('visit.mrn')}>{patient?.mrn}</Fact>
      </dl>
      <CheckInCode visit={visit} />
      <Divider />
      <Timeline visitId={visit.id} zone={zone} />
    </Stack>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  if (!children) return null
  return (
    <div>
      <Text component="dt" size="sm">
        {name}
      </Text>
      <Text component="dd" m={0} fw={500}>
        {children}
      </Text>
    </div>
  )
}

function money({ amountMinor, currency }: { amountMinor: number; currency: string }): string {
  const format = new Intl.NumberFormat(formatLocale(), { style: 'currency', currency: currency || 'EUR' })
  return format.format(amountMinor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2))
}
