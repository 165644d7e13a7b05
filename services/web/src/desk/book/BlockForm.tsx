/** Time that is not to be booked: a specialist's or a room's. */

import { answer, type Body } from '@ambulo/client'
import { Group, NativeSelect, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../../app/api'
import { DateInput } from '../../ui/DateInput'
import { TimeInput } from '../../ui/TimeInput'
import { clock } from '../clock'
import { useClinicId, useRooms } from '../data'
import { Form } from '../Form'
import { useOffered } from '../useOffered'
import type { WantedVisit } from '../wanted'
import { type Keyed, useWrite } from '../write'
import { startOf } from './TimeFields'

const MORNING = 9 * 60
const LAST = 24 * 60 - 1

export function BlockForm({ wanted, zone, close }: { wanted: WantedVisit; zone: string; close: () => void }) {
  const { t } = useTranslation('desk')
  const clinicId = useClinicId()
  const rooms = useRooms().filter(({ locationId }) => locationId === wanted.locationId)
  const people = useOffered(wanted.locationId).givers()
  const begins = wanted.minutes ?? MORNING
  const [said, setSaid] = useState({
    whose: wanted.roomId ?? wanted.providerId ?? people[0]?.id ?? '',
    date: wanted.date,
    from: clock(begins),
    until: clock(Math.min(LAST, wanted.until ?? begins + 60)),
    reason: '',
  })
  const { whose, date, from, until, reason } = said
  const set = (change: Partial<typeof said>) => setSaid({ ...said, ...change })
  const write = useWrite((body: Body<'PutBlock'>, keyed: Keyed) =>
    answer(api.POST('/v1/clinics/{clinicId}/blocks', { params: { path: { clinicId }, header: keyed }, body })),
  )
  const submit = () => {
    const mine = rooms.some(({ id }) => id === whose) ? { roomId: whose } : { providerId: whose }
    const [start, end] = [startOf({ date, time: from }, zone), startOf({ date, time: until }, zone)]
    write.mutate({ ...mine, start, end, reason }, { onSuccess: close })
  }
  const options = (each: { id: string; name: string }[]) => each.map(({ id, name }) => ({ value: id, label: name }))
  return (
    <Form does={t('block.do')} write={write} submit={submit} isReady={Boolean(date && from && from < until)}>
      <NativeSelect
        size="md"
        label={t('block.whose')}
        value={whose}
        onChange={(event) => set({ whose: event.currentTarget.value })}
        data={[
          { group: t('agenda.specialists'), items: options(people) },
          { group: t('agenda.rooms'), items: options(rooms) },
        ]}
      />
      <DateInput required label={t('agenda.date')} value={date} onChange={(day) => set({ date: day })} />
      <Group grow gap="sm">
        {(['from', 'until'] as const).map((end) => (
          <TimeInput
            key={end}
            required
            label={t(`block.${end}`)}
            value={said[end]}
            onChange={(time) => set({ [end]: time })}
          />
        ))}
      </Group>
      {until && until <= from && <Text role="alert">{t('block.order')}</Text>}
      <TextInput
        label={t('visit.reason')}
        description={t('block.seen')}
        maxLength={500}
        value={reason}
        onChange={(event) => set({ reason: event.currentTarget.value })}
      />
    </Form>
  )
}
