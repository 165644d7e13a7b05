/** Who is signed in. The access token is only in memory; the refresh token is in a cookie that no script can read. */
import type { Membership, Session } from '@ambulo/client'
import { Problem } from '@ambulo/client'
import { useSyncExternalStore } from 'react'
import { watched } from './offline/online'

export type State = { kind: 'unknown' } | { kind: 'nobody' } | { kind: 'somebody'; session: Session }

type Message = { kind: 'fresh'; session: Session } | { kind: 'signed-out' }

const LOCK = 'ambulo-session'
/** Whether asking for a session is worth it: the cookie itself cannot be seen. */
const HINT = 'ambulo.signed-in'
/** Who was here last, without any token: for opening without a network. */
const WHO = 'ambulo.who'
/** Of this tab: two tabs may look at two clinics. */
const CLINIC = 'ambulo.clinic'
const SPARE_MS = 30_000

let state: State = { kind: 'unknown' }
let asked: Promise<Session | undefined> | undefined
const listeners = new Set<(state: State) => void>()
const channel = typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel(LOCK)

channel?.addEventListener('message', ({ data }: MessageEvent<Message>) => {
  if (data.kind === 'signed-out') forget()
  // Who looks at another clinic needs a token for that one.
  else if (['', data.session.clinicId].includes(wantedClinic())) become({ kind: 'somebody', session: data.session })
})

/** The first question of every page: is somebody signed in? */
export async function begin(): Promise<State> {
  if (state.kind === 'unknown') {
    if (localStorage.getItem(HINT)) await refresh().catch((error) => become(remembered(error)))
    else become({ kind: 'nobody' })
  }
  return state
}

/** For the client: a token that is good for the next half minute at least. */
export async function accessToken(): Promise<string | undefined> {
  const now = await begin()
  if (now.kind !== 'somebody') return undefined
  return (isFresh(now.session) ? now.session : await refresh())?.accessToken
}

export async function signIn(token: string): Promise<Session> {
  sessionStorage.removeItem(CLINIC)
  return keep(await ask('POST', '/web/session', { token }))
}

export async function signOut(): Promise<void> {
  await ask('DELETE', '/web/session')
  channel?.postMessage({ kind: 'signed-out' } satisfies Message)
  forget()
}

export async function switchClinic(clinicId: string): Promise<void> {
  // Whoever joins a question that is under way gets the clinic that it is about.
  while (asked) await asked.catch(() => undefined)
  await refresh(clinicId)
}

/** Once at a time, in all tabs: a refresh token works once. */
function refresh(clinicId = wantedClinic()): Promise<Session | undefined> {
  asked ??= inTurn(async () => {
    if (state.kind === 'somebody' && state.session.clinicId === clinicId && isFresh(state.session)) return state.session
    try {
      return keep(await ask('POST', '/web/session/refresh', clinicId ? { clinicId } : {}))
    } catch (error) {
      if (error instanceof Problem && error.status === 401) forget()
      throw error
    }
  }).finally(() => {
    asked = undefined
  })
  return asked
}

function inTurn<T>(work: () => Promise<T>): Promise<T> {
  // Pages without TLS have no locks; there is one tab that matters, on somebody's own network.
  return navigator.locks ? (navigator.locks.request(LOCK, work) as Promise<T>) : work()
}

async function ask(method: string, path: string, body?: object): Promise<Session> {
  const response = await watched(path, {
    method,
    headers: { 'Content-Type': 'application/json' },
    body: body ? JSON.stringify(body) : null,
    // Goes on when the page is left meanwhile, so that the cookie it brings is kept.
    keepalive: true,
  }).catch(() => {
    throw Problem.unreachable()
  })
  if (!response.ok) throw await Problem.of(response)
  return response.status === 204 ? (undefined as never) : ((await response.json()) as Session)
}

function keep(session: Session): Session {
  sessionStorage.setItem(CLINIC, session.clinicId ?? '')
  localStorage.setItem(WHO, JSON.stringify({ me: session.me, clinicId: session.clinicId }))
  become({ kind: 'somebody', session })
  channel?.postMessage({ kind: 'fresh', session } satisfies Message)
  return session
}

/** Without a network, who was here last reads what was kept: nothing new is told before the server knows them again. */
function remembered(error: unknown): State {
  const kept = localStorage.getItem(WHO)
  if (!kept || !(error instanceof Problem) || error.reason !== 'UNREACHABLE') return { kind: 'nobody' }
  const { me, clinicId } = JSON.parse(kept) as Pick<Session, 'me' | 'clinicId'>
  return { kind: 'somebody', session: { me, clinicId: wantedClinic() || clinicId, accessToken: '', expiresAt: '' } }
}

/** It is over; without this, the next page would ask again: there may have been no network. */
function forget() {
  localStorage.removeItem(HINT)
  localStorage.removeItem(WHO)
  sessionStorage.removeItem(CLINIC)
  become({ kind: 'nobody' })
}

function become(next: State) {
  state = next
  if (next.kind === 'somebody') localStorage.setItem(HINT, '1')
  for (const listener of listeners) listener(state)
}

function wantedClinic(): string {
  return sessionStorage.getItem(CLINIC) ?? ''
}

function isFresh(session: Session): boolean {
  return Date.parse(session.expiresAt ?? '') - Date.now() > SPARE_MS
}

export function onSession(listener: (state: State) => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function useSession(): State {
  return useSyncExternalStore(onSession, () => state)
}

export interface Here extends Membership {
  email: string
  clinicId: string
  memberships: Membership[]
}

/** Who one is in the clinic one acts in; undefined if nobody is signed in. */
export function hereOf(now: State): Here | undefined {
  if (now.kind !== 'somebody') return undefined
  const { me, clinicId } = now.session
  const membership = me?.memberships.find((each) => each.clinicId === clinicId)
  if (!me || !membership || !clinicId) return undefined
  return { ...membership, clinicId, email: me.email, memberships: me.memberships }
}

export function useHere(): Here | undefined {
  return hereOf(useSession())
}
