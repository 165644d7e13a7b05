/** Whose clock it is, for who looks from elsewhere. */
import { Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { differs, format, zoneName } from '../../ui/times'
import { useNow } from './now'

export function ZoneNote({ zone, place }: { zone: string; place: string }) {
  const { t } = useTranslation('desk')
  const now = useNow()
  if (!zone || !differs(now, zone)) return null
  return (
    <Text size="sm">{t('agenda.zone', { place, zone: zoneName(now, zone), time: format(now, zone, 'time') })}</Text>
  )
}
