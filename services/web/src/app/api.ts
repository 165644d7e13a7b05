/** The one client of the app, and how its answers are kept. */
import { createAmbulo, Problem } from '@ambulo/client'
import { QueryClient } from '@tanstack/react-query'
import { watched } from './offline/online'
import { accessToken } from './session'
import { FRESH_MS } from './stale'

export const api = createAmbulo({ baseUrl: window.location.origin, accessToken, fetch: watched })

/** What may go better next time: no network, a server that is away for a moment. */
function mayRetry(failures: number, error: Error): boolean {
  if (!(error instanceof Problem)) return false
  return failures < 2 && (error.status >= 502 || error.reason === 'UNREACHABLE')
}

export function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      // Whether there is a network shows when one asks; a booking that waits for one in silence would be a bad surprise.
      queries: {
        staleTime: FRESH_MS,
        retry: mayRetry,
        throwOnError: false,
        networkMode: 'always',
        refetchOnReconnect: 'always',
      },
      mutations: { retry: false, networkMode: 'always' },
    },
  })
}
