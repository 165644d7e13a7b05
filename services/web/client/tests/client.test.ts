/** The client against a server that notes what comes; the example is the README's own. */
import { readFileSync } from 'node:fs'
import { answer, createAmbulo, ifMatch, Problem } from '@ambulo/client'
import { expect, test } from 'vitest'

const clinicId = '0199f3a0-0000-7000-8000-000000000000'

function server(...answers: Response[]) {
  const heard: Request[] = []
  const fetch = async (request: Request) => {
    heard.push(request)
    const next = answers.shift()
    if (!next) throw new TypeError('nobody is there')
    return next
  }
  return { heard, fetch }
}

const problem = { type: '/problems/booking/stale', title: 'Changed meanwhile', status: 412, code: 'STALE', detail: 'x' }

test('the example of the README works as it is written', async () => {
  const page = { appointments: [{ id: 'a1', version: 3 }], nextCursor: null }
  const { heard, fetch } = server(Response.json(page), Response.json(problem, { status: 412 }))
  const said: unknown[][] = []
  const source = readFileSync('client/README.md', 'utf8').match(/```ts\n([\s\S]*?)```/)?.[1] ?? ''
  const body = source.replace(/^import .*$/m, '')
  const names = ['answer', 'createAmbulo', 'ifMatch', 'Problem', 'baseUrl', 'accessToken', 'clinicId', 'console']
  const run = new Function(...names, `return (async () => {${body}})()`)
  const create = (options: { baseUrl: string; accessToken: string }) => createAmbulo({ ...options, fetch })
  const log = { log: (...words: unknown[]) => said.push(words) }
  await run(answer, create, ifMatch, Problem, 'http://api', 'token', clinicId, log)

  expect(heard.map((each) => `${each.method} ${each.url}`)).toEqual([
    `GET http://api/v1/clinics/${clinicId}/appointments?limit=1`,
    `PATCH http://api/v1/clinics/${clinicId}/appointments/a1`,
  ])
  expect(heard[0]?.headers.get('Authorization')).toBe('Bearer token')
  expect(heard[0]?.headers.get('Idempotency-Key')).toBeNull()
  expect(heard[1]?.headers.get('If-Match')).toBe('"3"')
  expect(heard[1]?.headers.get('Idempotency-Key')).toMatch(/^[0-9a-f]{32}$/)
  expect(said).toEqual([['STALE', 'x']])
})

test('a problem has all that was told', async () => {
  const errors = [{ pointer: '/start', in: 'body', detail: 'is required' }]
  const told = { ...problem, errors, requestId: 'r1' }
  const { fetch } = server(Response.json(told, { status: 412, headers: { 'Retry-After': '7' } }))
  const failed = await createAmbulo({ baseUrl: 'http://api', fetch })
    .GET('/v1/me')
    .catch((error: Problem) => error)
  expect(failed).toBeInstanceOf(Problem)
  expect(failed).toMatchObject({ status: 412, reason: 'STALE', requestId: 'r1', retryAfter: 7, violations: errors })
})

test('what is no problem document is one nevertheless', async () => {
  const { fetch } = server(new Response('<h1>Bad gateway</h1>', { status: 502 }))
  const asked = createAmbulo({ baseUrl: 'http://api', fetch }).GET('/v1/me')
  await expect(asked).rejects.toMatchObject({ status: 502, reason: 'HTTP_502' })
})

test('where nobody is, it says so', async () => {
  const { fetch } = server()
  const asked = createAmbulo({ baseUrl: 'http://api', fetch }).GET('/v1/me')
  await expect(asked).rejects.toMatchObject({ status: 0, reason: 'UNREACHABLE' })
})

test('a token can be fetched for each call, and lists are repeated parameters', async () => {
  const { heard, fetch } = server(Response.json({}))
  const ambulo = createAmbulo({ baseUrl: 'http://api', accessToken: async () => 'fresh', fetch })
  const query = { from: '2026-01-01T00:00:00Z', until: '2026-01-02T00:00:00Z', roomIds: ['r1', 'r2'] }
  await answer(ambulo.GET('/v1/clinics/{clinicId}/agenda', { params: { path: { clinicId }, query } }))
  expect(heard[0]?.headers.get('Authorization')).toBe('Bearer fresh')
  expect(heard[0]?.url).toContain('roomIds=r1&roomIds=r2')
})

test('an answer that breaks off is none', async () => {
  const breaking = new ReadableStream({ pull: (it) => it.error(new TypeError('network error')) })
  const { fetch } = server(new Response(breaking), new Response(null, { status: 204 }))
  const client = createAmbulo({ baseUrl: 'http://api', fetch })
  await expect(client.GET('/v1/me')).rejects.toMatchObject({ reason: 'UNREACHABLE', status: 0 })
  await expect(client.GET('/v1/me')).resolves.toMatchObject({ data: undefined })
})
