/** A time kept for whoever books: by a guest with a token of their own making, or by who is signed in. */
import { answer, Problem } from '@ambulo/client'
import { useMutation } from '@tanstack/react-query'
import { useEffect, useEffectEvent } from 'react'
import { api } from '../app/api'
import { useKeys } from '../app/keys'
import { changeDraft, draftOf, type Held } from './draft'

/** Who books; absent: a guest. */
export interface Booker {
  patientId: string
  email: string
}

export interface Wanted {
  serviceId: string
  locationId: string
  providerId: string
  calendarId?: string | undefined
  /** An instant. */
  at: string
}

/** Sent anew for the same time, it is the same hold: an answer that got lost takes nothing from whoever lost it. */
function secretFor(clinicId: string, booker: Booker | undefined, wanted: Wanted): string {
  const about = JSON.stringify([booker?.patientId, wanted])
  const { asked } = draftOf(clinicId)
  if (asked?.about === about) return asked.secret
  const secret = randomText()
  changeDraft(clinicId, { asked: { about, secret } })
  return secret
}

export function randomText(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(20))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

async function place(clinicId: string, booker: Booker | undefined, wanted: Wanted): Promise<Held> {
  const secret = secretFor(clinicId, booker, wanted)
  const { at: start, calendarId, ...named } = wanted
  const what = calendarId ? { calendarId, start } : { ...named, start }
  const found = booker
    ? await answer(
        api.POST('/v1/clinics/{clinicId}/holds', {
          params: { path: { clinicId }, header: { 'Idempotency-Key': secret } },
          body: what,
        }),
      )
    : await answer(api.POST('/v1/public/holds', { body: { ...what, clinicId, token: secret } }))
  return {
    id: found.id,
    token: booker ? '' : secret,
    serviceId: found.serviceId ?? wanted.serviceId,
    providerId: found.providerId ?? wanted.providerId,
    locationId: found.locationId ?? wanted.locationId,
    start: found.start,
    end: found.end,
    startUTC: found.startUTC ?? start,
    expiresAt: found.expiresAt ?? '',
    extensionsLeft: 'extensionsLeft' in found ? found.extensionsLeft : 0,
  }
}

/** Somebody else has it, or it never was to be had. */
export function isGone(error: unknown): boolean {
  return error instanceof Problem && ['SLOT_TAKEN', 'NOT_OFFERED', 'IN_THE_PAST'].includes(error.reason)
}

/** It may have been done or not. */
function isUnheard(error: unknown): boolean {
  return error instanceof Problem && [0, 502, 503, 504].includes(error.status)
}

export const isAlive = (held: Held | undefined) => Boolean(held && Date.parse(held.expiresAt) > Date.now())

const GOING_MS = 3_000
const sinceLetGo = (clinicId: string) => Math.abs(Date.now() - (draftOf(clinicId).letGoAt ?? 0))

export function useTaking(clinicId: string, booker: Booker | undefined) {
  return useMutation({
    networkMode: 'always',
    mutationFn: async (wanted: Wanted) => {
      await letGo(clinicId)
      return place(clinicId, booker, wanted)
    },
    // What was let go a moment ago may not be known to be free yet.
    retry: (failures, error) => failures < 10 && isGone(error) && sinceLetGo(clinicId) < GOING_MS,
    retryDelay: 250,
    // The next hold is another one, also of the same time.
    onSuccess: (hold) => changeDraft(clinicId, { hold, asked: undefined, booking: undefined, done: undefined }),
    // So it is after a refusal; only what was not heard is asked for again as it was.
    onError: (error) => !isUnheard(error) && changeDraft(clinicId, { asked: undefined }),
  })
}

export function useExtending(clinicId: string) {
  const keys = useKeys()
  return useMutation({
    networkMode: 'always',
    mutationFn: async (held: Held) =>
      answer(
        api.POST('/v1/clinics/{clinicId}/holds/{holdId}/extend', {
          params: { path: { clinicId, holdId: held.id }, header: keys.of(held) },
          body: {},
        }),
      ),
    onSuccess: ({ expiresAt, extensionsLeft }) => {
      const { hold } = draftOf(clinicId)
      if (hold) changeDraft(clinicId, { hold: { ...hold, expiresAt: expiresAt ?? hold.expiresAt, extensionsLeft } })
    },
  })
}

/**
 * Goes on when the page is left meanwhile. Browsers need not do that: what nobody has said to be let go is let go once
 * more by the page that comes next, before it asks for a time. A hold that nobody lets go of ends by itself.
 */
export async function letGo(clinicId: string): Promise<void> {
  const { hold, leaving } = draftOf(clinicId)
  const held = hold ?? leaving
  if (!held) return
  changeDraft(clinicId, { hold: undefined, leaving: held, letGoAt: Date.now() })
  try {
    await release(clinicId, held)
  } catch (error) {
    // Whatever else is said: it is not held for us any more.
    if (isUnheard(error)) return
  }
  if (draftOf(clinicId).leaving?.id === held.id) changeDraft(clinicId, { leaving: undefined })
}

function release(clinicId: string, { id, token }: Held): Promise<unknown> {
  const path = { clinicId, holdId: id }
  return token
    ? api.POST('/v1/public/holds/{holdId}/release', {
        params: { path: { holdId: id } },
        body: { clinicId, token },
        keepalive: true,
      })
    : api.DELETE('/v1/clinics/{clinicId}/holds/{holdId}', { params: { path }, keepalive: true })
}

/** Whoever leaves gives back what is held for them. */
export function useLettingGo(clinicId: string) {
  const leave = useEffectEvent(() => void letGo(clinicId))
  useEffect(() => {
    window.addEventListener('pagehide', leave)
    return () => {
      window.removeEventListener('pagehide', leave)
      void letGo(clinicId)
    }
  }, [clinicId])
}

/** The browser's back button may bring a page as it was left, whose time has been let go. */
export function useReturning(keepAgain: () => void) {
  const come = useEffectEvent(({ persisted }: PageTransitionEvent) => {
    if (persisted) keepAgain()
  })
  useEffect(() => {
    window.addEventListener('pageshow', come)
    return () => window.removeEventListener('pageshow', come)
  }, [])
}
