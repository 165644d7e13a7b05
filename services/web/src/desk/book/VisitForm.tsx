/** An appointment for a patient: service, specialist, time; says at once whether it is free, and if not, why. */
import { answer, type Body, type Location } from '@ambulo/client'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../../app/api'
import { useHere } from '../../app/session'
import { Choice } from '../Choice'
import { clock } from '../clock'
import { type Patient, useClinicId, useRooms } from '../data'
import { Form } from '../Form'
import { Notes } from '../Notes'
import { useOffered } from '../useOffered'
import type { WantedVisit } from '../wanted'
import { type Keyed, useWrite } from '../write'
import { PatientChoice } from './PatientChoice'
import { startOf, TimeFields } from './TimeFields'

export function VisitForm({ wanted, location, close }: { wanted: WantedVisit; location: Location; close: () => void }) {
  const { t } = useTranslation('desk')
  const clinicId = useClinicId()
  const here = useHere()
  const { services, givers } = useOffered(location.id)
  const rooms = useRooms().filter((each) => each.locationId === location.id && !each.inactive)
  const [patient, setPatient] = useState<Patient>()
  const [chosen, setService] = useState(wanted.serviceId ?? '')
  const [when, setWhen] = useState({
    providerId: wanted.providerId ?? here?.providerId ?? '',
    date: wanted.date,
    time: wanted.minutes === undefined ? '' : clock(wanted.minutes),
  })
  const [roomId, setRoom] = useState(wanted.roomId ?? '')
  const [notes, setNotes] = useState('')
  const serviceId = chosen || (services[0]?.id ?? '')
  const able = givers(serviceId)
  const providerId = (able.find(({ id }) => id === when.providerId) ?? able[0])?.id ?? ''
  const start = startOf(when, location.timeZone)
  const write = useWrite((body: Body<'BookAppointment'>, keyed: Keyed) =>
    answer(api.POST('/v1/clinics/{clinicId}/appointments', { params: { path: { clinicId }, header: keyed }, body })),
  )
  const submit = () => {
    if (!patient) return
    const where = { locationId: location.id, ...(roomId && { roomId }) }
    const wish = { patientId: patient.id, serviceId, providerId, start, ...where, ...(notes && { notes }) }
    write.mutate(wish, { onSuccess: close })
  }
  return (
    <Form does={t('new.do')} write={write} submit={submit} isReady={Boolean(patient && start)}>
      <PatientChoice chosen={patient} choose={setPatient} />
      <Choice
        label={t('visit.service')}
        value={serviceId}
        of={services.map(({ id, name, durationMinutes }) => ({
          id,
          name: `${name} · ${t('new.minutes', { count: durationMinutes })}`,
        }))}
        choose={setService}
      />
      <TimeFields
        value={{ ...when, providerId }}
        change={setWhen}
        serviceId={serviceId}
        locationId={location.id}
        givers={able}
        zone={location.timeZone}
        explained
      >
        <Choice label={t('visit.room')} value={roomId} of={rooms} none={t('new.anyRoom')} choose={setRoom} />
      </TimeFields>
      <Notes value={notes} maxLength={4000} change={setNotes} />
    </Form>
  )
}
