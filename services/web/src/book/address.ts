/** Where a location is, on one line. */
import type { Location } from '@ambulo/client'

export function addressOf({ address }: Pick<Location, 'address'>): string {
  if (!address) return ''
  return [...address.lines, [address.postalCode, address.city].filter(Boolean).join(' '), address.state]
    .filter(Boolean)
    .join(', ')
}
