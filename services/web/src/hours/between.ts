/** From a date and time until another, as they are typed; whole days end with the last one. */
import { addDays, dateIn, instantOf } from '../ui/times'

export interface Between {
  wholeDays: boolean
  fromDate: string
  fromTime: string
  untilDate: string
  untilTime: string
}

export function newBetween(zone: string): Between {
  const tomorrow = addDays(dateIn(zone), 1)
  return { wholeDays: true, fromDate: tomorrow, fromTime: '09:00', untilDate: tomorrow, untilTime: '17:00' }
}

/** Undefined while something is missing. */
export function instants(it: Between, zone: string): { start: string; end: string } | undefined {
  const { wholeDays, fromDate, fromTime, untilDate, untilTime } = it
  if (!fromDate || !untilDate || (!wholeDays && !(fromTime && untilTime))) return undefined
  const start = instantOf(fromDate, wholeDays ? '00:00' : fromTime, zone)
  const end = wholeDays ? instantOf(addDays(untilDate, 1), '00:00', zone) : instantOf(untilDate, untilTime, zone)
  return { start: start.toISOString(), end: end.toISOString() }
}
