/** What the address names, as the clinic offers it. */
import type { Answer, Location, Service, Specialist } from '@ambulo/client'
import { useQuery } from '@tanstack/react-query'
import { useParams, useSearch } from '@tanstack/react-router'
import type { Wish } from './days'
import { clinicPage, publicCalendars, specialistsOf } from './offers'

type Calendar = Answer<'ListPublicCalendars'>['calendars'][number]

export interface Choice {
  clinicId: string
  service: Service
  location: Location
  /** Absent: whoever is free first. */
  specialist: Specialist | undefined
  specialists: Specialist[]
  calendarId: string | undefined
  /** Of the calendar that somebody came for; absent: nobody did. */
  calendarName: string | undefined
}

export type Chosen = Omit<Choice, 'service' | 'location'> & Partial<Pick<Choice, 'service' | 'location'>>

export function useChosen(): Chosen {
  const { clinicId } = useParams({ from: '/c/$clinicId' })
  const search = useSearch({ from: '/c/$clinicId/book' })
  const page = useQuery(clinicPage(clinicId)).data
  const calendars = useQuery(publicCalendars(clinicId)).data?.calendars ?? []
  const service = page?.services.find(({ id }) => id === search.service)
  const location = page?.locations.find(({ id }) => id === search.location)
  const specialists = page && service && location ? specialistsOf(page, service, location.id) : []
  const specialist = specialists.find(({ id }) => id === search.provider)
  const fitting = calendars.filter((each) => each.serviceId === service?.id && each.locationId === location?.id)
  const named = fitting.find(({ id }) => id === search.calendar)
  // Whose turn it is counts only if it does not matter who.
  const turns = specialist ? undefined : fitting.find(isAsEver)
  return {
    clinicId,
    specialist,
    specialists,
    calendarId: named?.id ?? turns?.id,
    calendarName: named?.name,
    ...(service && { service }),
    ...(location && { location }),
  }
}

/** Only says whose turn it is: when and with how many people is as the service has it. */
function isAsEver({ hours, strategy }: Calendar): boolean {
  return hours.length === 0 && strategy !== 'collective'
}

export function wishOf({ clinicId, service, location, specialist, calendarId }: Choice): Wish {
  return {
    clinicId,
    serviceId: service.id,
    locationId: location.id,
    zone: location.timeZone,
    providerId: specialist?.id,
    calendarId,
  }
}
