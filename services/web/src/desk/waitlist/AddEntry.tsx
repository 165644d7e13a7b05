/** Somebody wants a time that is not free: they are told when one is. */

import { Group, NativeSelect } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useCatalog } from '../../app/catalog'
import { DateInput } from '../../ui/DateInput'
import { TimeInput } from '../../ui/TimeInput'
import { PatientChoice } from '../book/PatientChoice'
import { Choice } from '../Choice'
import type { Patient } from '../data'
import { Form } from '../Form'
import { Side } from '../Side'
import { useJoinWaitlist } from './data'

const HIGH = 5

export function AddEntry({ close }: { close: () => void }) {
  const { t } = useTranslation('desk')
  const { services, specialists, locations } = useCatalog()
  const offered = services.filter(({ inactive }) => !inactive)
  const [patient, setPatient] = useState<Patient>()
  const [service, setService] = useState('')
  const [providerId, setProvider] = useState('')
  const [priority, setPriority] = useState('0')
  const [wish, setWish] = useState({ locationId: '', firstDay: '', lastDay: '', notBefore: '', notAfter: '' })
  const write = useJoinWaitlist()
  const serviceId = service || (offered[0]?.id ?? '')
  const submit = () => {
    if (!patient) return
    const said = Object.fromEntries(Object.entries(wish).filter(([, value]) => value))
    const more = { ...said, ...(providerId && { providerIds: [providerId] }), priority: Number(priority) }
    write.mutate({ patientId: patient.id, serviceId, ...more }, { onSuccess: close })
  }
  const field = (key: Exclude<keyof typeof wish, 'locationId'>) => ({
    label: t(`waitlist.${key}`),
    value: wish[key],
    onChange: (value: string) => setWish({ ...wish, [key]: value }),
  })
  return (
    <Side title={t('waitlist.add')} close={close}>
      <Form does={t('waitlist.do')} write={write} submit={submit} isReady={Boolean(patient)}>
        <PatientChoice chosen={patient} choose={setPatient} />
        <Choice label={t('visit.service')} value={serviceId} of={offered} choose={setService} />
        <Choice
          label={t('visit.specialist')}
          value={providerId}
          of={specialists}
          none={t('waitlist.anybody')}
          choose={setProvider}
        />
        <Choice
          label={t('queue.location')}
          value={wish.locationId}
          of={locations}
          none={t('waitlist.anywhere')}
          choose={(locationId) => setWish({ ...wish, locationId })}
        />
        <Group grow gap="sm">
          <DateInput {...field('firstDay')} />
          <DateInput min={wish.firstDay} {...field('lastDay')} />
        </Group>
        <Group grow gap="sm">
          <TimeInput {...field('notBefore')} />
          <TimeInput {...field('notAfter')} />
        </Group>
        <NativeSelect
          size="md"
          label={t('waitlist.priority')}
          value={priority}
          data={[
            { value: '0', label: t('waitlist.usual') },
            { value: String(HIGH), label: t('waitlist.high') },
          ]}
          onChange={(event) => setPriority(event.currentTarget.value)}
        />
      </Form>
    </Side>
  )
}
