/**
 * Writes that may wait for a network: they say what has happened at the desk, and it stays true an hour later. Whatever
 * takes a time from somebody else (bookings, moves, holds) is not among them.
 */
import { type Answer, answer, ifMatch } from '@ambulo/client'
import { api } from '../api'

/** An appointment as it was seen; version 0: as it is by now. */
export interface Target {
  id: string
  version: number
}

export type Sent = Answer<'CheckInAppointment'>

type Send = (clinicId: string, it: Target, key: string) => Promise<Sent>

const params = (clinicId: string, it: Target, key: string) => ({
  path: { clinicId, appointmentId: it.id },
  header: { ...(it.version > 0 && ifMatch(it)), 'Idempotency-Key': key },
})

export const SAFE = {
  confirm: (clinicId, it, key) =>
    answer(
      api.POST('/v1/clinics/{clinicId}/appointments/{appointmentId}/confirm', { params: params(clinicId, it, key) }),
    ),
  checkIn: (clinicId, it, key) =>
    answer(
      api.POST('/v1/clinics/{clinicId}/appointments/{appointmentId}/check-in', { params: params(clinicId, it, key) }),
    ),
  start: (clinicId, it, key) =>
    answer(
      api.POST('/v1/clinics/{clinicId}/appointments/{appointmentId}/start', { params: params(clinicId, it, key) }),
    ),
  complete: (clinicId, it, key) =>
    answer(
      api.POST('/v1/clinics/{clinicId}/appointments/{appointmentId}/complete', { params: params(clinicId, it, key) }),
    ),
  noShow: (clinicId, it, key) =>
    answer(
      api.POST('/v1/clinics/{clinicId}/appointments/{appointmentId}/no-show', { params: params(clinicId, it, key) }),
    ),
} satisfies Record<string, Send>

export type SafeWrite = keyof typeof SAFE
