/** No time suits, or there is none: one can wait for one. Patients put themselves on the list; strangers read how. */
import { Button, Card, Stack, Text, Title } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { lazyRouteComponent } from '@tanstack/react-router'
import { Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { ButtonLink, Loading } from '../ui'
import type { Booker } from './holding'
import type { Choice } from './useChosen'

const WaitlistForm = lazyRouteComponent(() => import('./WaitlistForm'), 'WaitlistForm')

interface WaitlistProps {
  choice: Choice
  booker: Booker | undefined
  /** The month that is looked at. */
  month: string
  /** It has no time at all. */
  isUrgent: boolean
}

export function Waitlist({ choice, booker, month, isUrgent }: WaitlistProps) {
  const { t } = useTranslation('book')
  const [isOpen, { open }] = useDisclosure(false)
  if (!isOpen)
    return (
      <Button variant={isUrgent ? 'light' : 'subtle'} w="fit-content" px={isUrgent ? undefined : 0} onClick={open}>
        {t(isUrgent ? 'waitlist.open' : 'waitlist.quiet')}
      </Button>
    )
  return (
    <Card withBorder padding="lg" component="section" aria-labelledby="waitlist">
      <Stack gap="md">
        <Title order={2} size="h4" id="waitlist">
          {t('waitlist.title')}
        </Title>
        {booker ? (
          <Suspense fallback={<Loading rows={3} />}>
            <WaitlistForm choice={choice} booker={booker} month={month} />
          </Suspense>
        ) : (
          <Stranger />
        )}
      </Stack>
    </Card>
  )
}

function Stranger() {
  const { t } = useTranslation('book')
  return (
    <>
      <Text>{t('waitlist.stranger.how')}</Text>
      <Text>{t('waitlist.stranger.call')}</Text>
      <ButtonLink to="/" w="fit-content">
        {t('waitlist.stranger.signIn')}
      </ButtonLink>
    </>
  )
}
