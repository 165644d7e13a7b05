/** The client: paths and types come from the contract; what all calls share is here. */
import createClient, { type Client } from 'openapi-fetch'
import type { paths } from '../schema.d.ts'
import { Problem } from './problem.ts'

/** A token, or how to get one that is still good; none for what is public. */
export type Access = string | (() => Promise<string | undefined>)

export interface Options {
  baseUrl: string
  accessToken?: Access
  fetch?: (request: Request) => Promise<Response>
}

export type Ambulo = Client<paths>

/** Calls reject with a `Problem`. Writes carry an Idempotency-Key; give your own to repeat one safely. */
export function createAmbulo({
  baseUrl,
  accessToken,
  fetch = (request) => globalThis.fetch(request),
}: Options): Ambulo {
  const client = createClient<paths>({
    baseUrl,
    fetch: reaching(fetch),
    // Lists go out as the API reads them: providerIds=a&providerIds=b.
    querySerializer: { array: { style: 'form', explode: true } },
  })
  client.use({
    async onRequest({ request }) {
      const token = typeof accessToken === 'function' ? await accessToken() : accessToken
      if (token && !request.headers.has('Authorization')) request.headers.set('Authorization', `Bearer ${token}`)
      if (request.method !== 'GET' && !request.headers.has('Idempotency-Key'))
        request.headers.set('Idempotency-Key', newKey())
      return request
    },
    async onResponse({ response }) {
      if (!response.ok && response.status !== 304) throw await Problem.of(response)
    },
  })
  return client
}

/** What a call answers; problems were thrown before. */
export async function answer<T>(asked: Promise<{ data?: T }>): Promise<T> {
  return (await asked).data as T
}

/** For `params.header`: change it only if it still is the version that was seen. */
export function ifMatch(seen: { version: number } | number): { 'If-Match': string } {
  return { 'If-Match': `"${typeof seen === 'number' ? seen : seen.version}"` }
}

function reaching(fetch: (request: Request) => Promise<Response>) {
  return async (request: Request) => {
    try {
      const response = await fetch(request)
      if (response.headers.get('Content-Type')?.startsWith('text/event-stream')) return response
      // All of it: an answer that breaks off is none.
      const body = await response.arrayBuffer()
      return new Response(body.byteLength > 0 ? body : null, response)
    } catch (error) {
      if (request.signal.aborted) throw error
      throw Problem.unreachable()
    }
  }
}

/** An Idempotency-Key: as crypto.randomUUID, which is not there on pages without TLS. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
