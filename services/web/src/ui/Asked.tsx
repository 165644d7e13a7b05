/** What a question came to: loading, failed, empty, or what is to be shown. Every screen's data passes here. */
import { Problem } from '@ambulo/client'
import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Failed } from './Failed'
import { Loading } from './Loading'

interface AskedProps<T> {
  query: UseQueryResult<T>
  loading?: ReactNode
  /** Shown instead, if `isEmpty` says so. */
  empty?: ReactNode
  isEmpty?: (data: T) => boolean
  children: (data: T) => ReactNode
}

export function Asked<T>({ query, loading = <Loading />, empty, isEmpty = nothing, children }: AskedProps<T>) {
  // Who may not see it any more does not see what was seen before.
  if (query.error instanceof Problem && query.error.status === 403) return <Failed error={query.error} />
  // What is known stays on the screen even if reading it again has failed.
  if (query.data !== undefined) return empty && isEmpty(query.data) ? empty : children(query.data)
  if (query.isError) return <Failed error={query.error} retry={() => void query.refetch()} />
  return loading
}

function nothing(data: unknown): boolean {
  return Array.isArray(data) && data.length === 0
}
