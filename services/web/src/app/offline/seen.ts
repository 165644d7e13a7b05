/**
 * Answers that were seen stay readable without a network: those of queries whose key begins with the clinic's id.
 * `meta: { keep: false }` keeps one out (an address that is a secret). Tokens are in no such answer.
 */
import type { Query, QueryClient, QueryKey } from '@tanstack/react-query'
import { onSession, type State } from '../session'
import { isSamePerson, ownerOf } from './owner'
import { type Kept, put, readAll, remove, wipe } from './store'

interface Seen extends Kept {
  key: QueryKey
  data: unknown
  at: number
  size: number
}

const LONGEST_MS = 3 * 24 * 3_600_000
const LARGEST = 300_000
const MOST = 6_000_000
const TOGETHER_MS = 400

export function keepSeen(queries: QueryClient): () => void {
  let owner: ReturnType<typeof ownerOf>
  const fresh = new Map<string, Query>()
  let timer: ReturnType<typeof setTimeout> | undefined

  const write = async () => {
    timer = undefined
    const [all, whose] = [[...fresh.values()], owner]
    fresh.clear()
    if (!whose) return
    for (const { queryHash, queryKey, state } of all) {
      const size = JSON.stringify(state.data)?.length ?? 0
      if (size > LARGEST) continue
      const seen: Seen = {
        id: `${whose.id} ${queryHash}`,
        owner: whose.id,
        key: queryKey,
        data: state.data,
        at: state.dataUpdatedAt,
        size,
      }
      await put('seen', seen)
    }
    await trimmed(whose.id)
  }

  const stopHearing = queries.getQueryCache().subscribe((event) => {
    if (event.type !== 'updated' || event.action.type !== 'success' || event.action.manual) return
    const { query } = event
    if (!owner || query.queryKey[0] !== owner.clinicId || query.meta?.keep === false) return
    fresh.set(query.queryHash, query)
    timer ??= setTimeout(() => void write(), TOGETHER_MS)
  })

  const become = (state: State) => {
    const next = ownerOf(state)
    const isAnother = owner && next && !isSamePerson(owner, next)
    if (state.kind === 'nobody' || isAnother) {
      fresh.clear()
      // What somebody wrote still waits for them, if they have not signed out.
      void wipe(isAnother ? ['seen'] : undefined)
    }
    if (next?.id === owner?.id) return
    owner = next
    if (next) void recall(queries, next.id)
  }
  const stopListening = onSession(become)
  return () => {
    stopHearing()
    stopListening()
    clearTimeout(timer)
  }
}

async function recall(queries: QueryClient, owner: string): Promise<void> {
  for (const { key, data, at } of await trimmed(owner)) {
    if (queries.getQueryData(key) !== undefined) continue
    queries.setQueryData(key, data, { updatedAt: at })
    // However young it is, another page has read it: who can reads it again.
    void queries.invalidateQueries({ queryKey: key, exact: true }, { cancelRefetch: false })
  }
}

/** What is too old or too much goes, the oldest first. */
async function trimmed(owner: string): Promise<Seen[]> {
  const all = ((await readAll<Seen>('seen', owner)) ?? []).toSorted((a, b) => b.at - a.at)
  let sum = 0
  const stays = all.filter(({ at, size }) => {
    sum += size
    return sum <= MOST && Date.now() - at < LONGEST_MS
  })
  for (const { id } of all) if (!stays.some((each) => each.id === id)) await remove('seen', id)
  return stays
}
