/** The clinic whose page one is on, or in which one acts: its name, colour and logo are for everybody. */
import { answer } from '@ambulo/client'
import { queryOptions, useQuery } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import { api } from './api'
import { useHere } from './session'

export const publicClinic = (clinicId: string) =>
  queryOptions({
    queryKey: [clinicId, 'public'],
    queryFn: ({ signal }) =>
      answer(api.GET('/v1/public/clinics/{clinicId}', { params: { path: { clinicId } }, signal })),
    staleTime: 10 * 60_000,
  })

/** The clinic one acts in, as everybody sees it. */
export function useClinic() {
  const here = useHere()
  return useQuery({ ...publicClinic(here?.clinicId ?? ''), enabled: Boolean(here) }).data
}

export function useClinicColor(): string | undefined {
  const here = useHere()
  const clinicId = useVisitedClinic() ?? here?.clinicId
  return useQuery({ ...publicClinic(clinicId ?? ''), enabled: Boolean(clinicId) }).data?.color
}

let visited: string | undefined
const listeners = new Set<() => void>()

/** Called by the routes of public pages; the theme is above the router. */
export function visitClinic(clinicId: string | undefined) {
  if (visited === clinicId) return
  visited = clinicId
  for (const listener of listeners) listener()
}

function useVisitedClinic(): string | undefined {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => visited,
  )
}
