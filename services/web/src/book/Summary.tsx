/** What, with whom, when and where: the same words wherever they are shown. */
import type { Location } from '@ambulo/client'
import { Card, Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { LocalTime } from '../ui'
import { addressOf } from './address'

interface SummaryProps {
  service: string
  specialist: string | undefined
  location: Location | undefined
  start: string
  end?: string | undefined
  children?: ReactNode
}

export function Summary({ service, specialist, location, start, end, children }: SummaryProps) {
  return (
    <Card withBorder padding="md">
      <Stack gap={4}>
        <Text fw={650} fz="lg">
          <LocalTime at={start} until={end} zone={location?.timeZone ?? 'UTC'} />
        </Text>
        <Text>{[service, specialist].filter(Boolean).join(' · ')}</Text>
        {location && (
          <Text c="dimmed" size="sm">
            {[location.name, addressOf(location)].filter(Boolean).join(', ')}
          </Text>
        )}
        {children}
      </Stack>
    </Card>
  )
}
