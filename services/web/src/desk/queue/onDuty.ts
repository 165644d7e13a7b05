/** Who works at a location now, those who have nobody with them first. */
import type { Location } from '@ambulo/client'
import { useQuery } from '@tanstack/react-query'
import { addDays, dateIn, startOfDay } from '../../ui/times'
import { workingTimes } from '../agenda/hours'
import { useNow } from '../agenda/now'
import { type Agenda, useAgenda, useClinicId } from '../data'
import { useWalkIns } from './data'

interface Lasting {
  start: string | null
  end: string | null
}

export function useOnDuty({ id, timeZone }: Location): string[] {
  const clinicId = useClinicId()
  const now = useNow()
  const today = dateIn(timeZone, now)
  const [from, until] = [startOfDay(today, timeZone), startOfDay(addDays(today, 1), timeZone)]
  const works = useQuery(workingTimes(clinicId, id, from, until)).data?.specialists ?? []
  const agenda = useAgenda(from, until, id).data
  const called = useWalkIns(id).data?.walkIns.filter(({ status }) => status === 'called') ?? []
  const busy = new Set([...busyNow(agenda, now), ...called.map((each) => each.calledProviderId)])
  const here = works
    .filter((each) => each.works.some((stretch) => isNow(stretch, now)))
    .map((each) => each.providerId ?? '')
  return [...here.filter((each) => !busy.has(each)), ...here.filter((each) => busy.has(each))]
}

/** With a patient, expecting one, or not to be had. */
function busyNow(agenda: Agenda | undefined, now: Date): (string | null)[] {
  const there = ['scheduled', 'confirmed', 'checked_in']
  const visits = (agenda?.appointments ?? []).filter(
    (each) => each.status === 'in_progress' || (there.includes(each.status ?? '') && isNow(each, now)),
  )
  const blocks = (agenda?.blocks ?? []).filter(({ startUTC, endUTC }) => isNow({ start: startUTC, end: endUTC }, now))
  return [...visits.flatMap((each) => [each.providerId, ...each.alsoProviderIds]), ...blocks.map((b) => b.providerId)]
}

function isNow({ start, end }: Lasting, now: Date): boolean {
  return Date.parse(start ?? '') <= now.getTime() && now.getTime() < Date.parse(end ?? '')
}
