/** "Move to ...": what dragging does, without a pointer; times that are free are one click away. */
import { Switch } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useCalendarOf } from '../../app/calendars'
import { useCatalog } from '../../app/catalog'
import { Loading } from '../../ui'
import { dateIn, timeIn } from '../../ui/times'
import { startOf, TimeFields } from '../book/TimeFields'
import type { Visit } from '../data'
import { Form } from '../Form'
import { useOffered } from '../useOffered'
import { useMoveWrite } from './move'

export function MoveForm({ visit, zone, close }: { visit: Visit; zone: string; close: () => void }) {
  const { t } = useTranslation('desk')
  const own = useCatalog().specialist(visit.providerId)
  const able = useOffered(visit.locationId).givers(visit.serviceId)
  const [when, setWhen] = useState({
    providerId: visit.providerId ?? '',
    date: dateIn(zone, new Date(visit.start)),
    time: timeIn(zone, visit.start),
  })
  const [byPatient, setByPatient] = useState(false)
  const write = useMoveWrite()
  const start = startOf(when, zone)
  const wish = { appointmentId: visit.id, version: visit.version, start, providerId: when.providerId, byPatient }
  const { calendar, isLoading } = useCalendarOf(visit)
  if (isLoading) return <Loading rows={3} height={44} />
  return (
    <Form
      title={t('steps.move')}
      does={t('move.do')}
      write={write}
      submit={() => write.mutate(wish, { onSuccess: close })}
      isReady={Boolean(start)}
      back={close}
    >
      <TimeFields
        value={when}
        change={setWhen}
        serviceId={visit.serviceId ?? ''}
        locationId={visit.locationId ?? ''}
        // Whoever has it may keep it, also if they give this service to nobody new.
        givers={!own || able.includes(own) ? able : [own, ...able]}
        zone={zone}
        calendar={calendar}
      />
      <Switch
        label={t('move.byPatient')}
        description={t('move.feeMay')}
        checked={byPatient}
        onChange={(event) => setByPatient(event.currentTarget.checked)}
      />
    </Form>
  )
}
