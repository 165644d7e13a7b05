/** What all forms of the desk end with: what was refused and why, the one thing to do, and the way back if there is one. */
import { Button, Group, Stack, Title } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Refused } from './Refused'

interface FormProps {
  /** Of a form within a panel; panels have their own. */
  title?: string
  /** What the button says. */
  does: string
  write: { error: unknown; isPending: boolean }
  submit: () => void
  isReady?: boolean
  isDangerous?: boolean
  back?: () => void
  children: ReactNode
}

export function Form({ title, does, write, submit, isReady = true, isDangerous, back, children }: FormProps) {
  const { t } = useTranslation('desk')
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (isReady) submit()
      }}
    >
      <Stack gap="md">
        {title && (
          <Title order={3} size="h5">
            {title}
          </Title>
        )}
        {children}
        <Refused error={write.error} />
        <Group gap="xs" grow={!back}>
          <Button type="submit" loading={write.isPending} disabled={!isReady} {...(isDangerous && { color: 'red' })}>
            {does}
          </Button>
          {back && (
            <Button variant="default" onClick={back}>
              {t('back')}
            </Button>
          )}
        </Group>
      </Stack>
    </form>
  )
}
