/** Idempotency-Keys: whoever wishes the same again, because nothing was heard or it was refused, has the same key. */
import { newKey } from '@ambulo/client'
import { useState } from 'react'

export interface Keyed {
  'Idempotency-Key': string
}

export function newKeys() {
  const known = new Map<string, string>()
  return {
    /** For the header of a write. */
    of: (wish: unknown): Keyed => {
      const said = JSON.stringify(wish) ?? ''
      const key = known.get(said) ?? newKey()
      known.set(said, key)
      return { 'Idempotency-Key': key }
    },
    /** It is done: the same wish from now on is another one. */
    done: () => known.clear(),
  }
}

/** Those of a form, or of whatever else asks: as long as it is open. */
export function useKeys() {
  return useState(newKeys)[0]
}
