/** What is in the way of a time, in the viewer's language: by the kind of each constraint and what it names. */
import type { Answer } from '@ambulo/client'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useCatalog } from '../../app/catalog'
import { equipment, holidays } from '../../hours/asks'
import { dateIn, format, timeIn } from '../../ui/times'
import { useClinicId, useRooms } from '../data'

export type Constraint = Answer<'ExplainStart'>['constraints'][number]
type Cause = Constraint['causes'][number]

interface About {
  serviceId: string
  locationId: string
  providerId: string
}

export interface Reason {
  title: string
  causes: string[]
}

export function useReasons({ serviceId, locationId, providerId }: About, constraints: Constraint[]): Reason[] {
  const { t, i18n } = useTranslation('desk')
  const { service, specialist, location } = useCatalog()
  const clinicId = useClinicId()
  const isAboutPools = constraints.some(({ kind, ids }) => kind === 'equipment' && ids.length > 0)
  const pools = useQuery({ ...equipment(clinicId, locationId), enabled: Boolean(clinicId && isAboutPools) })
  // The explanation says that it is closed; the list of closed days, what for.
  const isClosed = constraints.some(({ causes }) => causes.some(({ kind }) => kind === 'closed_day'))
  const closed = useQuery({ ...holidays(clinicId, locationId), enabled: Boolean(clinicId && isClosed) })
  const things = [...useRooms(), ...(pools.data?.equipment ?? [])]
  const place = location(locationId)
  const zone = place?.timeZone ?? 'UTC'
  const list = new Intl.ListFormat(i18n.language)
  /** Undefined: a kind that is newer than these words. */
  const said = (path: string, more: Record<string, string | undefined>) =>
    i18n.exists(`explain.${path}`, { ns: 'desk' }) ? String(t(`explain.${path}` as never, more)) : undefined

  return constraints.map(({ kind, words, ids, causes }) => {
    const isNone = (kind === 'room' || kind === 'equipment') && ids.length === 0
    const names = {
      service: service(serviceId)?.name,
      specialist: (ids.map(specialist).find(Boolean) ?? specialist(providerId))?.name,
      place: place?.name,
      names: list.format(things.filter(({ id }) => ids.includes(id)).map(({ name }) => name)),
    }
    return {
      title: said(`kinds.${kind}${isNone ? 'None' : ''}`, names) ?? words,
      causes: causes.map((each) => {
        const name = each.kind === 'closed_day' ? dayName(closed.data?.days, each, zone) : ''
        const path = `causes.${each.kind}${name ? 'Named' : ''}`
        return said(path, { when: spanWords(each, zone), name }) ?? each.words
      }),
    }
  })
}

function dayName(days: Answer<'GetHolidays'>['days'] = [], { start }: Cause, zone: string): string {
  const on = dateIn(zone, new Date(start))
  return days.find(({ date }) => date === on)?.name ?? ''
}

/** Times of one day, or days. */
function spanWords({ start, end }: Cause, zone: string): string {
  const last = new Date(Date.parse(end) - 1)
  const isDays = timeIn(zone, start) === '00:00' && timeIn(zone, end) === '00:00'
  const isOneDay = dateIn(zone, new Date(start)) === dateIn(zone, last)
  const style = isDays ? 'shortDay' : isOneDay ? 'time' : 'shortDayAndTime'
  const [from, until] = [format(start, zone, style), format(isDays ? last : end, zone, style)]
  return from === until ? from : `${from}–${until}`
}
