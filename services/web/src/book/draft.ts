/** What was typed and is held, kept in this tab until it is booked: reloading loses none of it. */
import { useSyncExternalStore } from 'react'

export interface Details {
  givenName: string
  familyName: string
  email: string
  phone: string
  notes: string
}

/** What, with whom, where and when. */
export interface Chosen {
  serviceId: string
  providerId: string
  locationId: string
  start: string
  end: string
}

export interface Held extends Chosen {
  id: string
  /** A guest's proof that it is theirs; empty if whoever holds it is signed in. */
  token: string
  startUTC: string
  expiresAt: string
  extensionsLeft: number
}

export interface Done {
  id: string
  requested: boolean
  held: Chosen
}

export interface Draft {
  details: Details
  hold?: Held | undefined
  /** What is asked for and has not been heard of: whoever loads the page again asks for the same, and has it. */
  asked?: { about: string; secret: string } | undefined
  /** What was let go and may be held still: a page that is left may not have told anybody. */
  leaving?: Held | undefined
  /** When that was, in milliseconds: for a moment it may not be known to be free. */
  letGoAt?: number | undefined
  /** Waits for the code of the mail. */
  booking?: { id: string; expiresAt: string; email: string; held: Held } | undefined
  done?: Done | undefined
}

const NOTHING: Draft = { details: { givenName: '', familyName: '', email: '', phone: '', notes: '' } }
const known = new Map<string, Draft>()
const listeners = new Set<() => void>()

// Another page of the tab may have changed it meanwhile.
window.addEventListener('pageshow', ({ persisted }) => persisted && known.clear())

const key = (clinicId: string) => `ambulo.draft.${clinicId}`

export function draftOf(clinicId: string): Draft {
  const found = known.get(clinicId) ?? read(clinicId)
  known.set(clinicId, found)
  return found
}

function read(clinicId: string): Draft {
  try {
    return { ...NOTHING, ...JSON.parse(sessionStorage.getItem(key(clinicId)) ?? '{}') }
  } catch {
    return NOTHING
  }
}

export function changeDraft(clinicId: string, change: Partial<Draft>) {
  const next = { ...draftOf(clinicId), ...change }
  known.set(clinicId, next)
  sessionStorage.setItem(key(clinicId), JSON.stringify(next))
  for (const listener of listeners) listener()
}

export function useDraft(clinicId: string): Draft {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => draftOf(clinicId),
  )
}
