/** Until when one may cancel for free, and what it costs after that: before one agrees. */
import { Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { LocalTime } from '../ui'
import { formatMoney, type Money } from '../ui/money'

interface PolicyProps {
  freeUntil: string | undefined
  lateFee: Money | null | undefined
  noShowFee: Money | null | undefined
  terms: string | undefined
  zone: string
}

export function Policy({ freeUntil, lateFee, noShowFee, terms, zone }: PolicyProps) {
  const { t } = useTranslation('book')
  const isPast = freeUntil !== undefined && Date.parse(freeUntil) <= Date.now()
  return (
    <Stack gap={2}>
      {lateFee && freeUntil ? (
        <Text size="sm">
          {isPast ? t('policy.late', { fee: formatMoney(lateFee) }) : t('policy.freeUntil')}{' '}
          {!isPast && (
            <>
              <LocalTime at={freeUntil} zone={zone} />. {t('policy.after', { fee: formatMoney(lateFee) })}
            </>
          )}
        </Text>
      ) : (
        <Text size="sm">{t('policy.free')}</Text>
      )}
      {noShowFee && <Text size="sm">{t('policy.noShow', { fee: formatMoney(noShowFee) })}</Text>}
      {terms && (
        <Text size="sm" c="dimmed">
          {terms}
        </Text>
      )}
    </Stack>
  )
}
