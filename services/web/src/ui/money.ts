/** Amounts as people write them in their language. */
import { formatLocale } from '../app/i18n'

export interface Money {
  amountMinor: number | null
  currency: string
}

export function formatMoney({ amountMinor, currency }: Money): string {
  const style = new Intl.NumberFormat(formatLocale(), { style: 'currency', currency })
  // Not every currency has a hundredth.
  const digits = style.resolvedOptions().maximumFractionDigits ?? 2
  return style.format((amountMinor ?? 0) / 10 ** digits)
}
