/** What a clinic offers to everybody, and what of it goes together. */
import { answer, type ClinicPage, type Service, type Specialist } from '@ambulo/client'
import { queryOptions } from '@tanstack/react-query'
import { api } from '../app/api'

const LONG = 5 * 60_000

export const clinicPage = (clinicId: string) =>
  queryOptions({
    queryKey: [clinicId, 'page'],
    queryFn: ({ signal }) =>
      answer(api.GET('/v1/public/clinics/{clinicId}/page', { params: { path: { clinicId } }, signal })),
    staleTime: LONG,
  })

export const publicCalendars = (clinicId: string) =>
  queryOptions({
    queryKey: [clinicId, 'calendars', 'public'],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/v1/public/clinics/{clinicId}/calendars', {
          params: { path: { clinicId }, query: { limit: 100 } },
          signal,
        }),
      ),
    staleTime: LONG,
  })

export const publicPolicy = (clinicId: string, serviceId: string) =>
  queryOptions({
    queryKey: [clinicId, 'policy', serviceId],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/v1/public/clinics/{clinicId}/services/{serviceId}/booking-policy', {
          params: { path: { clinicId, serviceId } },
          signal,
        }),
      ),
    staleTime: LONG,
  })

const includes = (ids: string[], id: string) => ids.length === 0 || ids.includes(id)

export function locationsOf(page: ClinicPage, service: Service) {
  return page.locations.filter(({ id }) => includes(service.locationIds, id))
}

/** Who gives the service there. */
export function specialistsOf(page: ClinicPage, service: Service, locationId: string): Specialist[] {
  const allowed = service.rules.filter((rule) => !rule.inactive).map((rule) => rule.allowedProvider?.providerIds ?? [])
  return page.providers.filter(
    ({ id, locationIds, notBookable }) =>
      !notBookable &&
      includes(service.providerIds, id) &&
      includes(locationIds, locationId) &&
      allowed.every((ids) => includes(ids, id)),
  )
}

/** Name and description in the viewer's language, if the clinic has written them. */
export function textOf(service: Service, language: string): { name: string; description: string } {
  const written = service.translations.find((each) => each.language.slice(0, 2) === language.slice(0, 2))
  return { name: written?.name || service.name, description: written?.description || service.description }
}
