/** Where things are in a day's column: what overlaps is side by side. */
import { addDays, dateIn } from '../../ui/times'
import { DAY, lengthOf, minutesIn } from '../clock'
import type { Agenda, Visit } from '../data'
import type { Stretch } from './hours'

/** A specialist's or a room's day. */
export interface Column {
  key: string
  title: string
  detail?: string
  date: string
  providerId?: string
  roomId?: string
}

export interface Placed<T> extends Stretch {
  item: T
  lane: number
  lanes: number
}

interface Lasting {
  startUTC: string | null
  endUTC: string | null
}

/** Whether some of it is on that date. */
export function isWithin({ startUTC, endUTC }: Lasting, date: string, zone: string): boolean {
  if (!startUTC || !endUTC || Date.parse(endUTC) <= Date.parse(startUTC)) return false
  return dateIn(zone, new Date(startUTC)) <= date && dateIn(zone, new Date(Date.parse(endUTC) - 1)) >= date
}

/** What of the agenda is in a column. */
export function inColumn(
  column: Column,
  agenda: Agenda,
  zone: string,
): Pick<Agenda, 'appointments' | 'blocks' | 'holds'> {
  const mine = (each: { providerId: string | null; roomId: string | null }, also: string[] = []) =>
    column.roomId ? each.roomId === column.roomId : [each.providerId, ...also].includes(column.providerId ?? '')
  const today = (each: Lasting) => isWithin(each, column.date, zone)
  return {
    appointments: agenda.appointments.filter((each) => mine(each, each.alsoProviderIds) && today(each)),
    blocks: agenda.blocks.filter((each) => mine(each) && today(each)),
    holds: agenda.holds.filter((each) => mine(each) && today(each)),
  }
}

export function place<T extends Lasting>(items: T[], date: string, zone: string): Placed<T>[] {
  const placed: Placed<T>[] = []
  let group: Placed<T>[] = []
  let groupEnds = 0
  const sorted = items
    .map((item) => ({ item, ...dayPart(item, date, zone) }))
    .sort((a, b) => a.from - b.from || b.to - a.to)
  for (const each of sorted) {
    if (each.from >= groupEnds) group = []
    const taken = new Set(group.filter(({ to }) => to > each.from).map(({ lane }) => lane))
    let lane = 0
    while (taken.has(lane)) lane += 1
    const it = { ...each, lane, lanes: 1 }
    group.push(it)
    placed.push(it)
    groupEnds = Math.max(group.length > 1 ? groupEnds : 0, each.to)
    const lanes = Math.max(...group.map((one) => one.lane)) + 1
    for (const one of group) one.lanes = lanes
  }
  return placed
}

export function dayPart(item: Lasting, date: string, zone: string): Stretch {
  const [start, end] = [item.startUTC ?? '', item.endUTC ?? '']
  const from = dateIn(zone, new Date(start)) < date ? 0 : minutesIn(zone, start)
  const goesOn = dateIn(zone, new Date(end)) >= addDays(date, 1)
  return {
    from,
    to: goesOn ? DAY : Math.max(from + 5, from === 0 ? minutesIn(zone, end) : from + lengthOf(start, end)),
  }
}

/** The hours that are worth showing: of work, and of whatever else there is; whole hours. */
export function hoursShown(stretches: Stretch[]): Stretch {
  if (!stretches.length) return { from: 8 * 60, to: 18 * 60 }
  const from = Math.min(...stretches.map((each) => each.from))
  const to = Math.max(...stretches.map((each) => each.to))
  return {
    from: Math.floor(from / 60) * 60,
    to: Math.min(DAY, Math.max(Math.ceil(to / 60) * 60, Math.floor(from / 60) * 60 + 240)),
  }
}

/** Whoever has nothing to do there comes last; else as they were. */
export function whoIsThereFirst(columns: Column[], isAway: (column: Column) => boolean): Column[] {
  return [...columns.filter((each) => !isAway(each)), ...columns.filter(isAway)]
}

/** Those who are still to be there, for lists and counts. */
export function isOn(visit: Visit): boolean {
  return visit.status !== 'canceled'
}
