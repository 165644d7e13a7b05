/** One appointment that a change displaces: whose and when it is, and where it goes. */
import { Card, NativeSelect, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useCatalog } from '../../app/catalog'
import { LocalTime } from '../../ui'
import { format } from '../../ui/times'
import { type Choice, choiceOf, wordOf } from './choice'
import type { Displaced } from './useImpact'

interface DisplacedRowProps {
  displaced: Displaced
  who: string
  choice: Choice
  choose: (choice: Choice) => void
}

export function DisplacedRow({ displaced, who, choice, choose }: DisplacedRowProps) {
  const { t } = useTranslation('hours')
  const { location, service, specialist } = useCatalog()
  const zone = location(displaced.locationId)?.timeZone ?? 'UTC'
  const proposals = displaced.proposals.map((slot, at) => {
    const when = format(slot.start, zone, 'dayAndTime')
    const isSame = slot.provider?.id === displaced.providerId
    const what = isSame
      ? t('impact.moveTo', { when })
      : t('impact.moveToWith', { when, who: slot.provider?.name ?? '' })
    return { value: `move-${at}`, label: what }
  })
  return (
    <Card component="li" withBorder padding="sm">
      <Stack gap={6}>
        <Text fw={600}>{who}</Text>
        <Text size="sm" c="dimmed">
          {displaced.startUTC && <LocalTime at={displaced.startUTC} zone={zone} />}
          {` · ${[service(displaced.serviceId)?.name, specialist(displaced.providerId)?.name].filter(Boolean).join(' · ')}`}
        </Text>
        {proposals.length === 0 && <Text size="sm">{t('impact.noTime')}</Text>}
        <NativeSelect
          size="md"
          aria-label={t('impact.where', { who })}
          value={wordOf(choice)}
          data={[
            ...proposals,
            { value: 'keep', label: t('impact.keep') },
            { value: 'cancel', label: t('impact.cancel') },
          ]}
          onChange={(event) => choose(choiceOf(event.currentTarget.value))}
        />
      </Stack>
    </Card>
  )
}
