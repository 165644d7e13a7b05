/** Tokens: asked for once at a time, and no more than needed. */
import type { Session } from '@ambulo/client'
import { beforeEach, expect, test, vi } from 'vitest'

const CLINIC = 'c1'
let asked: { method: string; path: string; body: unknown }[]
let answers: Response[]

function session(number: number, { clinicId = CLINIC, minutes = 10 } = {}): Session {
  const membership = { clinicId, clinicName: 'Clinic', role: 'front_desk', patientId: null, providerId: null }
  return {
    accessToken: `access-${number}`,
    expiresAt: new Date(Date.now() + minutes * 60_000).toISOString(),
    clinicId,
    me: { id: 'h1', email: 'a@example.com', memberships: [membership] },
  }
}

async function fresh() {
  vi.resetModules()
  return import('./session')
}

beforeEach(() => {
  localStorage.clear()
  sessionStorage.clear()
  asked = []
  answers = []
  vi.stubGlobal('BroadcastChannel', undefined)
  vi.stubGlobal('fetch', async (path: string, { method, body }: RequestInit) => {
    asked.push({ method: method ?? '', path, body: body ? JSON.parse(String(body)) : undefined })
    const next = answers.shift()
    if (!next) throw new TypeError('nobody is there')
    return next
  })
})

test('a stranger asks for nothing', async () => {
  const { begin, accessToken } = await fresh()
  expect(await begin()).toEqual({ kind: 'nobody' })
  expect(await accessToken()).toBeUndefined()
  expect(asked).toEqual([])
})

test('who was here before is asked for once, however many want to know', async () => {
  localStorage.setItem('ambulo.signed-in', '1')
  answers = [Response.json(session(1))]
  const { accessToken } = await fresh()
  expect(await Promise.all([accessToken(), accessToken(), accessToken()])).toEqual(Array(3).fill('access-1'))
  expect(asked).toEqual([{ method: 'POST', path: '/web/session/refresh', body: {} }])
})

test('a token that ends soon is replaced, in the same clinic', async () => {
  answers = [Response.json(session(1, { minutes: 0.2 })), Response.json(session(2))]
  const { signIn, accessToken } = await fresh()
  await signIn('link')
  expect(await accessToken()).toBe('access-2')
  expect(asked[1]).toEqual({ method: 'POST', path: '/web/session/refresh', body: { clinicId: CLINIC } })
})

test('another clinic is another token', async () => {
  answers = [Response.json(session(1)), Response.json(session(2, { clinicId: 'c2' }))]
  const { signIn, switchClinic, accessToken, hereOf, begin } = await fresh()
  await signIn('link')
  await switchClinic('c2')
  expect(await accessToken()).toBe('access-2')
  expect(hereOf(await begin())?.clinicId).toBe('c2')
})

test('a session that ended is over; one that could not be asked for is not', async () => {
  localStorage.setItem('ambulo.signed-in', '1')
  answers = [Response.json({ code: 'SESSION_ENDED' }, { status: 401 })]
  const ended = await fresh()
  expect(await ended.begin()).toEqual({ kind: 'nobody' })
  expect(localStorage.getItem('ambulo.signed-in')).toBeNull()

  localStorage.setItem('ambulo.signed-in', '1')
  const away = await fresh()
  await away.begin()
  expect(localStorage.getItem('ambulo.signed-in')).toBe('1')
})

test('signing out forgets', async () => {
  answers = [Response.json(session(1)), new Response(null, { status: 204 })]
  const { signIn, signOut, begin } = await fresh()
  await signIn('link')
  await signOut()
  expect(await begin()).toEqual({ kind: 'nobody' })
  expect(asked[1]?.method).toBe('DELETE')
})
