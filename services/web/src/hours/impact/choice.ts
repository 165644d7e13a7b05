/** Where a displaced appointment goes. */
import type { Displaced, Displacement } from './useImpact'

export type Choice = { kind: 'move'; at: number } | { kind: 'keep' } | { kind: 'cancel' }

/** The best time there is; without any, it stays until somebody has looked after it. Nobody is canceled by default. */
export function proposed({ proposals }: Displaced): Choice {
  return proposals.length > 0 ? { kind: 'move', at: 0 } : { kind: 'keep' }
}

export function displacementOf(displaced: Displaced, choice: Choice = { kind: 'keep' }): Displacement {
  const appointmentId = displaced.appointmentId ?? ''
  const slot = choice.kind === 'move' ? displaced.proposals[choice.at] : undefined
  if (!slot) return { appointmentId, cancel: choice.kind === 'cancel' }
  const isElsewhere = slot.provider && slot.provider.id !== displaced.providerId
  return { appointmentId, start: slot.start, ...(isElsewhere && { providerId: slot.provider?.id ?? null }) }
}

export const wordOf = (choice: Choice) => (choice.kind === 'move' ? `move-${choice.at}` : choice.kind)

export function choiceOf(value: string): Choice {
  if (value === 'keep' || value === 'cancel') return { kind: value }
  return { kind: 'move', at: Number(value.slice('move-'.length)) }
}
