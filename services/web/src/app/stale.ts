/** What was read before something happened is read again. */
import type { QueryClient, QueryKey } from '@tanstack/react-query'

/** For so long is shown what was read, if nothing is known to have happened. */
export const FRESH_MS = 30_000

/**
 * Also what is just being read: the server may have looked before the news, and its answer come after it. TanStack Query
 * begins anew only where it has something already and somebody looks at it; any other answer it takes for the newest.
 */
export function makeStale(queries: QueryClient, queryKey: QueryKey): void {
  const underWay = queries.getQueryCache().findAll({
    queryKey,
    fetchStatus: 'fetching',
    predicate: (query) => query.state.data === undefined || !query.isActive(),
  })
  void queries.invalidateQueries({ queryKey })
  for (const query of underWay) {
    const again = () => {
      // Once, however much has happened meanwhile.
      if (!query.state.isInvalidated) void queries.invalidateQueries({ queryKey: query.queryKey, exact: true })
    }
    // The one that is under way. Should it fail, nothing old is shown.
    query.fetch().then(again, () => undefined)
  }
}
