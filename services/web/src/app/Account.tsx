/** One's account: its picture at once, its menu as soon as the screen is there. */
import { Avatar, UnstyledButton } from '@mantine/core'
import { lazy, Suspense } from 'react'
import { useTranslation } from 'react-i18next'

const AccountMenu = lazy(() => import('./AccountMenu').then(({ AccountMenu: found }) => ({ default: found })))

export function Account() {
  const { t } = useTranslation()
  const picture = (
    <UnstyledButton aria-label={t('nav.account')} p={3}>
      <Avatar radius="xl" size={38} alt="" />
    </UnstyledButton>
  )
  return (
    <Suspense fallback={picture}>
      <AccountMenu>{picture}</AccountMenu>
    </Suspense>
  )
}
