/** A month of free times, as strangers may see them or who is signed in, and live. */
import { type Answer, answer, Problem } from '@ambulo/client'
import { type QueryClient, queryOptions, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { api } from '../app/api'
import type { Event } from '../app/events'
import { useLive } from '../app/live'
import { makeStale } from '../app/stale'
import { startOfDay } from '../ui/times'
import { firstOf, nextMonth } from './months'

export type FreeDays = Answer<'ListPublicDays'>
export type FreeStart = FreeDays['days'][number]['starts'][number]

/** What times are looked for. */
export interface Wish {
  clinicId: string
  serviceId: string
  locationId: string
  zone: string
  /** Only this specialist; absent: whoever is free. */
  providerId?: string | undefined
  /** Books for whoever's turn it is; only if the specialist does not matter. */
  calendarId?: string | undefined
  /** Asked by who is signed in there: also of a calendar that is not public. */
  isOwn?: boolean
}

const key = ({ clinicId, serviceId, locationId, providerId, calendarId, isOwn = false }: Wish) =>
  [clinicId, 'days', serviceId, locationId, providerId ?? '', calendarId ?? '', isOwn] as const

export const freeDays = (wish: Wish, month: string, months = 1) =>
  queryOptions({
    queryKey: [...key(wish), month, months],
    queryFn: ({ signal }) => {
      let until = month
      for (let n = 0; n < months; n++) until = nextMonth(until)
      const { clinicId } = wish
      const query = {
        // Instants: some days do not begin at midnight.
        start: startOfDay(firstOf(month), wish.zone).toISOString(),
        end: startOfDay(firstOf(until), wish.zone).toISOString(),
        ...(wish.calendarId
          ? { calendarId: wish.calendarId }
          : { serviceId: wish.serviceId, locationId: wish.locationId }),
        ...(wish.providerId && { providerIds: [wish.providerId] }),
      }
      // Browsers may keep such answers for half a minute; what was asked for again has changed.
      const asked = { signal, cache: 'no-store' } as const
      return answer(
        wish.isOwn
          ? api.GET('/v1/clinics/{clinicId}/availability/days', { params: { path: { clinicId }, query }, ...asked })
          : api.GET('/v1/public/availability/days', { params: { query: { clinicId, ...query } }, ...asked }),
      )
    },
    enabled: Boolean(wish.zone),
    // Whoever asks too often waits as they are told, and sees what they saw meanwhile.
    retry: (failures, error) =>
      failures < 3 && error instanceof Problem && (error.status === 429 || error.status >= 502),
    retryDelay: (_, error) => ((error instanceof Problem && error.retryAfter) || 1) * 1000,
  })

/** Twice: who is told of a change may be faster than who counts free times. */
const SOON_MS = [100, 550]
const LATER_MS = [6_000]
/** So often a minute at once; after that it takes its time: everybody may ask only so often. */
const SOON_A_MINUTE = 5

/** Times that others take or give back show by themselves. */
export function useLiveDays(wish: Wish, providerIds: string[]): boolean {
  const queries = useQueryClient()
  const heardAt = useRef<number[]>([])
  const timers = useRef<ReturnType<typeof setTimeout>[]>([])
  useEffect(() => () => timers.current.forEach(clearTimeout), [])
  const isElsewhere = ({ data }: Event) => {
    const { locationId } = data as { locationId?: string | null }
    return Boolean(locationId && locationId !== wish.locationId)
  }
  const heard = (news: Event[]) => {
    if (news.every(isElsewhere)) return
    heardAt.current = heardAt.current.filter((at) => Date.now() - at < 60_000)
    const isBusy = heardAt.current.length >= SOON_A_MINUTE
    if (isBusy && timers.current.length > 0) return
    if (!isBusy) heardAt.current.push(Date.now())
    for (const wait of isBusy ? LATER_MS : SOON_MS) {
      const timer = setTimeout(() => {
        timers.current = timers.current.filter((each) => each !== timer)
        lookAgain(queries, wish)
      }, wait)
      timers.current.push(timer)
    }
  }
  return useLive(
    wish.clinicId,
    providerIds.map((id) => `provider:${id}`),
    heard,
  )
}

export function lookAgain(queries: QueryClient, wish: Wish): void {
  makeStale(queries, key(wish))
}
