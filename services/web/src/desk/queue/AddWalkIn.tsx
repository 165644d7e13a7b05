/** Somebody is at the desk without an appointment: into the queue with them. */
import type { Location } from '@ambulo/client'
import { Switch, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { PatientChoice } from '../book/PatientChoice'
import { Choice } from '../Choice'
import type { Patient } from '../data'
import { Form } from '../Form'
import { Notes } from '../Notes'
import { Side } from '../Side'
import { useOffered } from '../useOffered'
import { useJoin } from './data'

export function AddWalkIn({ location, close }: { location: Location; close: () => void }) {
  const { t } = useTranslation('desk')
  const { services, givers } = useOffered(location.id)
  const [patient, setPatient] = useState<Patient>()
  const [said, setSaid] = useState({ service: '', providerId: '', urgent: false, reason: '', notes: '' })
  const set = (change: Partial<typeof said>) => setSaid({ ...said, ...change })
  const { service, providerId, urgent, reason, notes } = said
  const serviceId = service || (services[0]?.id ?? '')
  const write = useJoin()
  const submit = () => {
    if (!patient) return
    const more = { ...(providerId && { providerId }), ...(notes && { notes }), ...(urgent && { urgent, reason }) }
    write.mutate({ locationId: location.id, patientId: patient.id, serviceId, ...more }, { onSuccess: close })
  }
  return (
    <Side title={t('queue.add')} close={close}>
      <Form does={t('queue.do')} write={write} submit={submit} isReady={Boolean(patient)}>
        <PatientChoice chosen={patient} choose={setPatient} />
        <Choice label={t('visit.service')} value={serviceId} of={services} choose={(id) => set({ service: id })} />
        <Choice
          label={t('visit.specialist')}
          value={providerId}
          of={givers(serviceId)}
          none={t('queue.anybody')}
          choose={(id) => set({ providerId: id })}
        />
        <Switch
          size="md"
          label={t('queue.urgentNow')}
          checked={urgent}
          onChange={(event) => set({ urgent: event.currentTarget.checked })}
        />
        {urgent && (
          <TextInput
            required
            label={t('queue.why')}
            value={reason}
            maxLength={500}
            onChange={(event) => set({ reason: event.currentTarget.value })}
          />
        )}
        <Notes value={notes} maxLength={2000} change={(notes) => set({ notes })} />
      </Form>
    </Side>
  )
}
