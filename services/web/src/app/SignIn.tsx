/** Signing in needs an address, no password: a link comes by mail. */
import { Button, Card, Center, Stack, Text, TextInput, Title } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { LanguageChoice, Notice, useProblemWords } from '../ui'
import { api } from './api'
import { OfflineBanner } from './offline/OfflineBanner'

export function SignIn() {
  const { t } = useTranslation()
  useEffect(() => {
    document.title = `${t('signIn.title')} · Ambulo`
  }, [t])
  return (
    <>
      <OfflineBanner />
      <Center component="main" mih="100dvh" p="md">
        <Stack w="100%" maw={400} align="center">
          <img src="/icon.svg" alt="" width={64} height={64} />
          <Title order={1} size="h2">
            {t('signIn.title')}
          </Title>
          <Card withBorder w="100%" padding="lg">
            <AskForLink />
          </Card>
          <LanguageChoice />
        </Stack>
      </Center>
    </>
  )
}

function AskForLink() {
  const { t, i18n } = useTranslation()
  const words = useProblemWords()
  const [email, setEmail] = useState('')
  const ask = useMutation({
    mutationFn: () => api.POST('/v1/sign-in-links', { body: { email: email.trim(), language: i18n.language } }),
  })
  if (ask.isSuccess)
    return (
      <div role="status">
        <Notice
          icon="mail"
          title={t('signIn.sent.title')}
          action={
            <Button variant="subtle" onClick={() => ask.reset()}>
              {t('signIn.sent.again')}
            </Button>
          }
        >
          {t('signIn.sent.detail', { email })}
        </Notice>
      </div>
    )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    ask.mutate()
  }
  return (
    <form onSubmit={submit}>
      <Stack>
        <Text c="dimmed">{t('signIn.how')}</Text>
        <TextInput
          type="email"
          name="email"
          required
          autoComplete="email"
          inputMode="email"
          label={t('signIn.email')}
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
          error={ask.isError && words(ask.error).title}
        />
        <Button type="submit" loading={ask.isPending}>
          {t('signIn.send')}
        </Button>
      </Stack>
    </form>
  )
}
