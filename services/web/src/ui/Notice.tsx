/** A screen, or a part of one, that has something to say instead of something to show. */
import { Stack, Text, ThemeIcon, Title } from '@mantine/core'
import type { ReactNode } from 'react'
import { Sign, type SignName } from './Sign'

export interface NoticeProps {
  icon: SignName
  title: string
  children?: ReactNode
  action?: ReactNode
  tone?: 'plain' | 'bad'
}

export function Notice({ icon, title, children, action, tone = 'plain' }: NoticeProps) {
  return (
    <Stack align="center" gap="sm" py="xl" px="md" ta="center" role={tone === 'bad' ? 'alert' : undefined}>
      <ThemeIcon size={56} radius="xl" variant="light" color={tone === 'bad' ? 'red' : undefined} aria-hidden>
        <Sign name={icon} />
      </ThemeIcon>
      <Title order={2} size="h3">
        {title}
      </Title>
      {children && (
        <Text c="dimmed" maw={420} component="div">
          {children}
        </Text>
      )}
      {action}
    </Stack>
  )
}
