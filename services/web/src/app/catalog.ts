/** What a clinic has, for who works there: read once, looked up by id on every screen. */
import { answer, type Location, type Service, type Specialist } from '@ambulo/client'
import { queryOptions, useQuery } from '@tanstack/react-query'
import { api } from './api'
import { useHere } from './session'

const MOST = 200

const locations = (clinicId: string) =>
  queryOptions({
    queryKey: [clinicId, 'locations'],
    queryFn: ({ signal }) => answer(api.GET('/v1/clinics/{clinicId}/locations', { params: paging(clinicId), signal })),
    staleTime: 5 * 60_000,
  })

const services = (clinicId: string) =>
  queryOptions({
    queryKey: [clinicId, 'services'],
    queryFn: ({ signal }) => answer(api.GET('/v1/clinics/{clinicId}/services', { params: paging(clinicId), signal })),
    staleTime: 5 * 60_000,
  })

const specialists = (clinicId: string) =>
  queryOptions({
    queryKey: [clinicId, 'specialists'],
    queryFn: ({ signal }) => answer(api.GET('/v1/clinics/{clinicId}/providers', { params: paging(clinicId), signal })),
    staleTime: 5 * 60_000,
  })

function paging(clinicId: string) {
  return { path: { clinicId }, query: { limit: MOST } }
}

export interface Catalog {
  locations: Location[]
  services: Service[]
  specialists: Specialist[]
  location: (id: string | null) => Location | undefined
  service: (id: string | null) => Service | undefined
  specialist: (id: string | null) => Specialist | undefined
}

/** Each as a query, for screens that cannot do without. */
export function useLocations() {
  const here = useHere()
  return useQuery({ ...locations(here?.clinicId ?? ''), enabled: Boolean(here) })
}

export function useServices() {
  const here = useHere()
  return useQuery({ ...services(here?.clinicId ?? ''), enabled: Boolean(here) })
}

export function useSpecialists() {
  const here = useHere()
  return useQuery({ ...specialists(here?.clinicId ?? ''), enabled: Boolean(here) })
}

/** Of the clinic one acts in; empty while it is fetched. */
export function useCatalog(): Catalog {
  const known = {
    locations: useLocations().data?.locations ?? [],
    services: useServices().data?.services ?? [],
    specialists: useSpecialists().data?.specialists ?? [],
  }
  return {
    ...known,
    location: (id) => known.locations.find((each) => each.id === id),
    service: (id) => known.services.find((each) => each.id === id),
    specialist: (id) => known.specialists.find((each) => each.id === id),
  }
}
