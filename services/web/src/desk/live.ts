/** What colleagues do shows at once: news makes stale what it can have changed, and no more. */
import { useQueryClient } from '@tanstack/react-query'
import type { Event } from '../app/events'
import { useLive } from '../app/live'
import { makeStale } from '../app/stale'
import { HOURS, LIVELY, useClinicId } from './data'

export function useDeskLive(): boolean {
  const clinicId = useClinicId()
  const queries = useQueryClient()
  return useLive(clinicId, clinicId ? [`clinic:${clinicId}`] : [], (news) => {
    const stale = news.some(mayChangeHours) ? [...LIVELY, HOURS] : LIVELY
    for (const what of stale) makeStale(queries, [clinicId, what])
  })
}

/** Visits and holds have an end and a place; weekly hours and closed days are without end, days off without a place. */
function mayChangeHours({ type, data }: Event): boolean {
  if (type !== 'availability.invalidated') return false
  const { timeRange, providerId, locationId } = data as Partial<Invalidated>
  return !timeRange?.end || Boolean(providerId && !locationId)
}

interface Invalidated {
  timeRange: { end: string | null }
  providerId: string | null
  locationId: string | null
}
