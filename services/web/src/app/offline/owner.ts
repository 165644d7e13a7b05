/** Whose things are kept: a human in a clinic. */
import type { State } from '../session'

export interface Owner {
  id: string
  clinicId: string
}

export function ownerOf(state: State): Owner | undefined {
  if (state.kind !== 'somebody') return undefined
  const { me, clinicId } = state.session
  return me && clinicId ? { id: `${me.id} ${clinicId}`, clinicId } : undefined
}

export function isSamePerson(one: Owner, other: Owner): boolean {
  return one.id.split(' ')[0] === other.id.split(' ')[0]
}

/** Of the same human in every clinic they act in. */
export function ownersOf(state: State): string[] {
  const me = state.kind === 'somebody' ? state.session.me : undefined
  return me?.memberships.map(({ clinicId }) => `${me.id} ${clinicId}`) ?? []
}
