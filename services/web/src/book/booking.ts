/** A time that is kept becomes a booking: at once for who is signed in, by a code of the mail for guests. */
import { answer, Problem } from '@ambulo/client'
import { useMutation } from '@tanstack/react-query'
import { useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../app/api'
import { changeDraft, type Details, type Done, draftOf, type Held } from './draft'
import { type Booker, randomText } from './holding'

interface Then {
  onBooked: (step: 'confirm' | 'done') => void
  /** It was kept too long. */
  onOver: () => void
}

export function useBooking(clinicId: string, booker: Booker | undefined, { onBooked, onOver }: Then) {
  const { i18n } = useTranslation()
  // One for each time the form is opened: pressed twice, it is one booking.
  const key = useRef(randomText())
  return useMutation({
    // Without a network it fails at once, and says so: nobody should wait for a booking that waits itself.
    networkMode: 'always',
    mutationFn: async (hold: Held) => {
      const details = trimmed(draftOf(clinicId).details)
      if (booker) {
        const { appointment } = await answer(
          api.POST('/v1/clinics/{clinicId}/appointments', {
            params: { path: { clinicId }, header: { 'Idempotency-Key': `${key.current}${hold.id}` } },
            body: { patientId: booker.patientId, holdId: hold.id, notes: details.notes },
          }),
        )
        const requested = appointment?.status === 'requested'
        changeDraft(clinicId, { hold: undefined, done: { id: appointment?.id ?? '', requested, held: hold } })
        return 'done' as const
      }
      const waiting = await answer(
        api.POST('/v1/public/bookings', {
          body: { ...details, clinicId, holdId: hold.id, holdToken: hold.token, language: i18n.language },
        }),
      )
      const expiresAt = waiting.expiresAt ?? hold.expiresAt
      changeDraft(clinicId, {
        hold: undefined,
        booking: { id: waiting.id, expiresAt, email: details.email, held: hold },
      })
      return 'confirm' as const
    },
    onSuccess: onBooked,
    onError: (error) => {
      if (!(error instanceof Problem)) return
      if (error.reason !== 'HOLD_OVER' && error.status !== 404) return
      changeDraft(clinicId, { hold: undefined })
      onOver()
    },
  })
}

function trimmed(details: Details): Details {
  const { givenName, familyName, email, phone, notes } = details
  return {
    givenName: givenName.trim(),
    familyName: familyName.trim(),
    email: email.trim(),
    phone: phone.trim(),
    notes: notes.trim(),
  }
}

/** The same code again gives the same answer. */
export async function confirm(clinicId: string, id: string, code: string): Promise<Done> {
  const found = await answer(
    api.POST('/v1/public/bookings/{guestBookingId}/confirm', {
      params: { path: { guestBookingId: id } },
      body: { clinicId, code: code.trim() },
    }),
  )
  const { appointmentId, status, serviceId, providerId, locationId, start, end } = found
  const held = { serviceId: serviceId ?? '', providerId: providerId ?? '', locationId: locationId ?? '', start, end }
  return { id: appointmentId ?? '', requested: status === 'requested', held }
}

export function useConfirming(clinicId: string, onBooked: () => void) {
  return useMutation({
    // Without a network it fails at once, and says so: nobody should wait for a booking that waits itself.
    networkMode: 'always',
    mutationFn: async ({ id, code }: { id: string; code: string }) =>
      changeDraft(clinicId, { booking: undefined, done: await confirm(clinicId, id, code) }),
    onSuccess: onBooked,
  })
}
