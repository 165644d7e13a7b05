/**
 * What this device keeps for when there is no network: answers that were seen, and writes that wait. Of each human and
 * clinic by themselves; all of it goes when somebody signs out. Where a browser keeps nothing, nothing is kept.
 */

export type Shelf = 'seen' | 'writes'

export interface Kept {
  id: string
  owner: string
}

const NAME = 'ambulo'
const SHELVES: Shelf[] = ['seen', 'writes']
let opened: Promise<IDBDatabase> | undefined

function database(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1)
    asked.onupgradeneeded = () => {
      for (const shelf of SHELVES)
        asked.result.createObjectStore(shelf, { keyPath: 'id' }).createIndex('owner', 'owner')
    }
    asked.onsuccess = () => resolve(asked.result)
    asked.onerror = () => reject(asked.error)
  })
  return opened
}

async function within<T>(shelf: Shelf, mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>) {
  const transaction = (await database()).transaction(shelf, mode)
  const asked = work(transaction.objectStore(shelf))
  return new Promise<T>((resolve, reject) => {
    transaction.oncomplete = () => resolve(asked.result)
    transaction.onerror = () => reject(transaction.error)
    transaction.onabort = () => reject(transaction.error)
  })
}

/** Undefined if nothing can be kept here. */
export async function readAll<T extends Kept>(shelf: Shelf, owner: string): Promise<T[] | undefined> {
  if (typeof indexedDB === 'undefined') return undefined
  return within<T[]>(shelf, 'readonly', (store) => store.index('owner').getAll(owner)).catch(() => undefined)
}

/** Whether it is kept now: a full disk, or a window that leaves no traces, keeps nothing. */
export async function put(shelf: Shelf, value: Kept): Promise<boolean> {
  if (typeof indexedDB === 'undefined') return false
  return within(shelf, 'readwrite', (store) => store.put(value)).then(
    () => true,
    () => false,
  )
}

export async function remove(shelf: Shelf, id: string): Promise<void> {
  if (typeof indexedDB === 'undefined') return
  await within(shelf, 'readwrite', (store) => store.delete(id)).catch(() => undefined)
}

export async function wipe(shelves = SHELVES): Promise<void> {
  if (typeof indexedDB === 'undefined') return
  for (const shelf of shelves) await within(shelf, 'readwrite', (store) => store.clear()).catch(() => undefined)
}
