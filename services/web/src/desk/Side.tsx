/** A panel at the side, the whole of a phone: forms and details open in it. */
import { Drawer, Group } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

export function Side({ title, close, children }: { title: string; close: () => void; children: ReactNode }) {
  const { t } = useTranslation('desk')
  return (
    <Drawer.Root opened onClose={close} position="right" size="lg">
      <Drawer.Overlay />
      <Drawer.Content>
        {/* Not Drawer.Header: that is a second banner to who has the page read out. */}
        <Group justify="space-between" px="md" py="xs" wrap="nowrap">
          <Drawer.Title fw={600}>{title}</Drawer.Title>
          <Drawer.CloseButton size={44} aria-label={t('close')} />
        </Group>
        <Drawer.Body>{children}</Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  )
}
