/** What the link of a guest's mail proves: behind the #, which no server is told. Reloading must not lose it. */
export interface Proof {
  booking: string
  code: string
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

export function proofOf(clinicId: string, hash: string): Proof | undefined {
  const key = keyOf(clinicId)
  // A link that lost its end is no link to the booking before.
  const found = read(hash || (sessionStorage.getItem(key) ?? ''))
  if (found) sessionStorage.setItem(key, new URLSearchParams({ ...found }).toString())
  return found
}

export function forgetProof(clinicId: string) {
  sessionStorage.removeItem(keyOf(clinicId))
}

const keyOf = (clinicId: string) => `ambulo.proof.${clinicId}`

function read(text: string): Proof | undefined {
  const given = new URLSearchParams(text)
  const [booking, code] = [given.get('booking') ?? '', given.get('code') ?? '']
  return UUID.test(booking) && code ? { booking, code } : undefined
}
