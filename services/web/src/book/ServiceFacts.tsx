/** A service in a few words: its name, what it is, how long, what it costs, and for how many. */
import type { Service } from '@ambulo/client'
import { Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { formatMoney } from '../ui/money'
import { textOf } from './offers'

export function ServiceFacts({ service }: { service: Service }) {
  const { t, i18n } = useTranslation('book')
  const { name, description } = textOf(service, i18n.language)
  const facts = [
    t('minutes', { count: service.durationMinutes }),
    service.price && formatMoney(service.price),
    service.capacity > 1 && t('service.group', { count: service.capacity }),
  ]
  return (
    <div>
      <Text fw={600} component="div">
        {name}
      </Text>
      {description && (
        <Text size="sm" component="div">
          {description}
        </Text>
      )}
      <Text size="sm" c="dimmed" component="div">
        {facts.filter(Boolean).join(' · ')}
      </Text>
    </div>
  )
}
