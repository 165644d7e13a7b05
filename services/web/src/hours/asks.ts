/** What this part reads, and under which keys it is kept. */
import { answer } from '@ambulo/client'
import { queryOptions } from '@tanstack/react-query'
import { api } from '../app/api'

const MOST = 200

export const weeklyHours = (clinicId: string, providerId: string) =>
  queryOptions({
    queryKey: [clinicId, 'weekly-hours', providerId],
    queryFn: ({ signal }) => {
      const params = { path: { clinicId, providerId } }
      return answer(api.GET('/v1/clinics/{clinicId}/providers/{providerId}/weekly-hours', { params, signal }))
    },
  })

export const overrides = (clinicId: string, providerId: string) =>
  queryOptions({
    queryKey: [clinicId, 'overrides', providerId],
    queryFn: ({ signal }) => {
      const params = { path: { clinicId, providerId }, query: { limit: MOST } }
      return answer(api.GET('/v1/clinics/{clinicId}/providers/{providerId}/overrides', { params, signal }))
    },
  })

/** Of one specialist, or of everybody if the id is empty. */
export const timeOff = (clinicId: string, providerId: string) =>
  queryOptions({
    queryKey: [clinicId, 'time-off', providerId],
    queryFn: ({ signal }) => {
      const params = { path: { clinicId }, query: { limit: MOST, ...(providerId && { providerId }) } }
      return answer(api.GET('/v1/clinics/{clinicId}/time-off', { params, signal }))
    },
  })

export const holidays = (clinicId: string, locationId: string) =>
  queryOptions({
    queryKey: [clinicId, 'holidays', locationId],
    queryFn: ({ signal }) => {
      const params = { path: { clinicId, locationId } }
      return answer(api.GET('/v1/clinics/{clinicId}/locations/{locationId}/holidays', { params, signal }))
    },
  })

export const downtime = (clinicId: string) =>
  queryOptions({
    queryKey: [clinicId, 'downtime'],
    queryFn: ({ signal }) => {
      const params = { path: { clinicId }, query: { limit: MOST } }
      return answer(api.GET('/v1/clinics/{clinicId}/downtime', { params, signal }))
    },
  })

export const rooms = (clinicId: string, locationId: string) =>
  queryOptions({
    queryKey: [clinicId, 'rooms', locationId],
    queryFn: ({ signal }) => {
      const params = { path: { clinicId }, query: { locationId, limit: MOST } }
      return answer(api.GET('/v1/clinics/{clinicId}/rooms', { params, signal }))
    },
  })

export const equipment = (clinicId: string, locationId: string) =>
  queryOptions({
    queryKey: [clinicId, 'equipment', locationId],
    queryFn: ({ signal }) => {
      const params = { path: { clinicId }, query: { locationId, limit: MOST } }
      return answer(api.GET('/v1/clinics/{clinicId}/equipment', { params, signal }))
    },
  })
