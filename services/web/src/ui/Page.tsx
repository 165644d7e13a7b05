/** A screen: its title (in the tab, too), what can be done on it, and what it shows. */
import { Group, Stack, Title } from '@mantine/core'
import { type ReactNode, useEffect } from 'react'

interface PageProps {
  title: string
  actions?: ReactNode
  children: ReactNode
}

export function Page({ title, actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Ambulo`
  }, [title])
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="center" mih={44}>
        <Title order={1} size="h2">
          {title}
        </Title>
        {actions}
      </Group>
      {children}
    </Stack>
  )
}
