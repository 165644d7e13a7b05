/** What the agenda shows: the address, and what it means when it says nothing. */
import type { Location, Specialist } from '@ambulo/client'
import { useMediaQuery } from '@mantine/hooks'
import { getRouteApi } from '@tanstack/react-router'
import { useCatalog } from '../../app/catalog'
import { useHere } from '../../app/session'
import { addDays, dateIn, startOfDay } from '../../ui/times'
import type { AgendaAddress, View } from '../address'
import { days, mondayOf, weeksOf } from '../clock'
import { type Room, useRooms } from '../data'
import type { Column } from './layout'

const route = getRouteApi('/inside/desk')
const KEPT = 'ambulo.desk.location'

export interface Where {
  location: Location | undefined
  zone: string
  view: View
  date: string
  today: string
  from: Date | undefined
  until: Date | undefined
  dates: string[]
  specialists: Specialist[]
  rooms: Room[]
  /** Of those, who is shown. */
  who: string[]
  isByRoom: boolean
  isList: boolean
  isPhone: boolean
  columns: Column[]
  visitId: string | undefined
  go: (to: Partial<AgendaAddress>) => void
}

export function useWhere(formatDay: (date: string, zone: string) => string): Where {
  const address = route.useSearch()
  const navigate = route.useNavigate()
  const here = useHere()
  const isPhone = useMediaQuery('(max-width: 48em)', window.innerWidth <= 768) ?? false
  const catalog = useCatalog()
  const allRooms = useRooms()
  const open = catalog.locations.filter(({ inactive }) => !inactive)
  const location = catalog.location(address.at ?? localStorage.getItem(KEPT)) ?? open[0]
  const zone = location?.timeZone ?? ''
  const today = zone ? dateIn(zone) : ''
  const date = address.date ?? today
  const view = address.view ?? 'day'
  const isByRoom = address.by === 'rooms' && view === 'day'
  const atHere = (each: Specialist) => !each.inactive && each.locationIds.includes(location?.id ?? '')
  const specialists = catalog.specialists.filter(atHere)
  const rooms = allRooms.filter((each) => each.locationId === location?.id && !each.inactive)
  const choices: { id: string; name: string }[] = isByRoom ? rooms : specialists
  const own = choices.filter(({ id }) => id === here?.providerId)
  const asked = choices.filter(({ id }) => address.who?.split(',').includes(id))
  const usual = own.length ? own : view !== 'month' && (isPhone || view === 'week') ? choices.slice(0, 1) : choices
  const shown = asked.length ? asked : usual
  const dates = view === 'day' ? [date] : view === 'week' ? days(mondayOf(date), 7) : date ? weeksOf(date) : []
  const [first, last] = [dates[0], dates.at(-1)]
  return {
    location,
    zone,
    view,
    date,
    today,
    dates,
    from: zone && first ? startOfDay(first, zone) : undefined,
    until: zone && last ? startOfDay(addDays(last, 1), zone) : undefined,
    specialists,
    rooms,
    who: shown.map(({ id }) => id),
    isByRoom,
    isList: address.as === 'list',
    isPhone,
    columns: view === 'month' ? [] : columnsOf(shown, dates, isByRoom, (each) => formatDay(each, zone)),
    visitId: address.visit,
    go: (to) => {
      if (to.at) localStorage.setItem(KEPT, to.at)
      void navigate({ search: (before) => ({ ...before, ...to }) })
    },
  }
}

function columnsOf(
  shown: { id: string; name: string; specialty?: string; type?: string }[],
  dates: string[],
  isByRoom: boolean,
  dayWords: (date: string) => string,
): Column[] {
  return shown.flatMap(({ id, name, specialty, type }) =>
    dates.map((date) => ({
      key: `${id} ${date}`,
      title: dates.length > 1 ? dayWords(date) : name,
      detail: dates.length > 1 ? name : (specialty ?? type ?? ''),
      date,
      ...(isByRoom ? { roomId: id } : { providerId: id }),
    })),
  )
}

/** One view further or back. */
export function turned({ view, date }: Where, way: 1 | -1): string {
  if (view === 'day') return addDays(date, way)
  if (view === 'week') return addDays(date, 7 * way)
  const [year = 0, month = 1] = date.split('-').map(Number)
  return new Date(Date.UTC(year, month - 1 + way, 1)).toISOString().slice(0, 10)
}
