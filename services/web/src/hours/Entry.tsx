/** One of a list of periods: what it is, when, why, and away with it for who may. */
import { Card, Group, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { type Keyed, useKeys } from '../app/keys'
import { useHere } from '../app/session'
import { Failed } from '../ui'
import { RemoveButton } from './RemoveButton'

interface EntryProps {
  title: ReactNode
  badge?: ReactNode
  /** Which one, for who hears it. */
  what: string
  /** What removing is called, if not that. */
  words?: string
  remove?: (keyed: Keyed) => Promise<unknown>
  /** Or, if it must be seen first whom that displaces. */
  impact?: { look: () => void; isLooking: boolean }
  children: ReactNode
}

export function Entry({ title, badge, what, words, remove, impact, children }: EntryProps) {
  const here = useHere()
  const queries = useQueryClient()
  const keys = useKeys()
  const write = useMutation({
    mutationFn: async () => remove?.(keys.of(what)),
    onSuccess: () => queries.invalidateQueries({ queryKey: [here?.clinicId] }),
  })
  return (
    <Card component="li" withBorder padding="md">
      <Group justify="space-between">
        <div>
          <Text fw={600}>{title}</Text>
          <Text size="sm" c="dimmed">
            {children}
          </Text>
        </div>
        <Group gap="sm">
          {badge}
          {(remove ?? impact) && (
            <RemoveButton
              what={what}
              {...(words && { words })}
              isPending={write.isPending || (impact?.isLooking ?? false)}
              remove={impact?.look ?? (() => write.mutate())}
            />
          )}
        </Group>
      </Group>
      {write.isError && <Failed error={write.error} retry={() => write.mutate()} />}
    </Card>
  )
}
