/** Where the link of the mail leads: its token becomes a session. */
import { Button, Center, Loader, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { Notice } from '../ui'
import { startOf } from './screens'
import { hereOf, signIn } from './session'

export function Arrival() {
  const { t } = useTranslation()
  const go = useNavigate()
  const { token } = useSearch({ from: '/sign-in' })
  // A query and not a mutation: whoever renders twice asks once, and the link works once.
  const arrived = useQuery({
    queryKey: ['sign-in', token],
    queryFn: () => signIn(token),
    enabled: Boolean(token),
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  })
  const session = arrived.data
  useEffect(() => {
    const here = session && hereOf({ kind: 'somebody', session })
    if (here) void go({ to: startOf(here), replace: true })
  }, [session, go])
  return (
    <Center component="main" mih="100dvh" p="md">
      {arrived.isError || !token ? (
        <Notice
          icon="mail"
          title={t('signIn.spent.title')}
          tone="bad"
          action={<Button onClick={() => void go({ to: '/', replace: true })}>{t('signIn.spent.again')}</Button>}
        >
          {t('signIn.spent.detail')}
        </Notice>
      ) : (
        <Stack align="center" role="status">
          <Loader />
          <Text>{t('signIn.arriving')}</Text>
        </Stack>
      )}
    </Center>
  )
}
