/** When rooms and equipment of a location are out of use. */
import { type Answer, answer, type Location } from '@ambulo/client'
import { NativeSelect, NumberInput, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../app/api'
import type { Keyed } from '../app/keys'
import { useHere } from '../app/session'
import { Asked, Empty } from '../ui'
import { downtime, equipment, rooms } from './asks'
import { ChangeForm } from './ChangeForm'
import { Entry } from './Entry'
import { Period } from './Period'
import { usePeriod } from './usePeriod'
import css from './week.module.css'

type Out = Answer<'ListDowntime'>['downtime'][number]
interface Thing {
  value: string
  label: string
}

function useThings(place: Location) {
  const here = useHere()
  const clinicId = here?.clinicId ?? ''
  const named = ({ id, name }: { id: string; name: string }): Thing => ({ value: id, label: name })
  const ofRooms = useQuery({ ...rooms(clinicId, place.id), enabled: Boolean(here) }).data?.rooms ?? []
  const ofEquipment = useQuery({ ...equipment(clinicId, place.id), enabled: Boolean(here) }).data?.equipment ?? []
  return { rooms: ofRooms.map(named), equipment: ofEquipment.map(named) }
}

export function Downtime({ place }: { place: Location }) {
  const { t } = useTranslation('hours')
  const here = useHere()
  const things = useThings(place)
  const found = useQuery({ ...downtime(here?.clinicId ?? ''), enabled: Boolean(here) })
  const nameOf = ({ roomId, equipmentId }: Out) =>
    [...things.rooms, ...things.equipment].find(({ value }) => value === (roomId || equipmentId))?.label
  const isShown = (it: Out) => Date.parse(it.end ?? '') > Date.now() && nameOf(it) !== undefined
  return (
    <div className={css.split}>
      <Asked
        query={found}
        isEmpty={({ downtime: all }) => !all.some(isShown)}
        empty={<Empty title={t('out.empty.title')}>{t('out.empty.detail')}</Empty>}
      >
        {({ downtime: all }) => (
          <Stack gap="xs" component="ul" p={0} m={0}>
            {all.filter(isShown).map((each) => (
              <One key={each.id} it={each} name={nameOf(each) ?? ''} zone={place.timeZone} />
            ))}
          </Stack>
        )}
      </Asked>
      {here?.role === 'admin' && things.rooms.length + things.equipment.length > 0 && (
        <Add key={place.id} place={place} things={things} />
      )}
    </div>
  )
}

function One({ it, name, zone }: { it: Out; name: string; zone: string }) {
  const { t } = useTranslation('hours')
  const here = useHere()
  const remove = (header: Keyed) => {
    const params = { path: { clinicId: here?.clinicId ?? '', downtimeId: it.id }, header }
    return answer(api.DELETE('/v1/clinics/{clinicId}/downtime/{downtimeId}', { params }))
  }
  return (
    <Entry title={name} what={name} words={t('out.remove')} {...(here?.role === 'admin' && { remove })}>
      <Period start={it.start} end={it.end} zone={zone} />
      {[it.units > 0 && t('out.unitsOut', { count: it.units }), it.reason].map((each) => each && ` · ${each}`)}
    </Entry>
  )
}

interface AddProps {
  place: Location
  things: { rooms: Thing[]; equipment: Thing[] }
}

function Add({ place, things }: AddProps) {
  const { t } = useTranslation('hours')
  const [thing, setThing] = useState((things.rooms[0] ?? things.equipment[0])?.value ?? '')
  const [units, setUnits] = useState(0)
  const isPool = things.equipment.some(({ value }) => value === thing)
  const what = isPool ? { equipmentId: thing, units } : { roomId: thing }
  return (
    <ChangeForm
      title={t('out.add')}
      period={usePeriod(place.timeZone)}
      example={t('out.reasonExample')}
      changeOf={(said) => ({ downtime: { ...what, ...said } })}
    >
      <NativeSelect
        size="md"
        label={t('out.what')}
        value={thing}
        data={[
          { group: t('out.rooms'), items: things.rooms },
          ...(things.equipment.length > 0 ? [{ group: t('out.equipment'), items: things.equipment }] : []),
        ]}
        onChange={(event) => setThing(event.currentTarget.value)}
      />
      {isPool && (
        <NumberInput
          size="md"
          label={t('out.units')}
          description={t('out.unitsHelp')}
          min={0}
          max={100}
          value={units}
          onChange={(value) => setUnits(Number(value))}
        />
      )}
    </ChangeForm>
  )
}
