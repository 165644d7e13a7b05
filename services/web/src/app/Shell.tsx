/** Around every screen of who is signed in: where one can go, in which clinic, in which language. */
import { AppShell, Burger, Group, Stack } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { Link, Outlet } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { LanguageChoice, Loading } from '../ui'
import { Account } from './Account'
import { Brand } from './Brand'
import { ClinicSwitch } from './ClinicSwitch'
import { useClinic } from './clinic'
import { OfflineBanner } from './offline/OfflineBanner'
import { SkipLink } from './SkipLink'
import { screensOf } from './screens'
import { useHere } from './session'
import css from './shell.module.css'

const Notices = lazy(() => import('./Notices').then(({ Notices: found }) => ({ default: found })))

export function Shell() {
  const { t } = useTranslation()
  const here = useHere()
  const clinic = useClinic()
  const [isOpen, { toggle, close }] = useDisclosure()
  const screens = screensOf(here)
  return (
    <AppShell
      header={{ height: 60 }}
      navbar={{ width: 232, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding="md"
    >
      <SkipLink />
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap" miw={0}>
            <Burger opened={isOpen} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={t('nav.menu')} />
            <Link to="/" className={css.brand}>
              <Brand name={clinic?.name ?? here?.clinicName} logo={clinic?.logo} />
            </Link>
          </Group>
          <Group gap="sm" wrap="nowrap">
            <Group visibleFrom="sm" gap="sm" wrap="nowrap">
              <ClinicSwitch />
              <LanguageChoice />
            </Group>
            <Account />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm" aria-label={t('nav.menu')}>
        <Stack gap={4} style={{ overflowY: 'auto' }}>
          {screens.map(({ to, words }) => (
            <Link
              key={to}
              to={to}
              className={css.link}
              activeOptions={{ exact: true, includeSearch: false }}
              onClick={close}
            >
              {t(words)}
            </Link>
          ))}
          <Stack hiddenFrom="sm" gap="sm" mt="lg">
            <ClinicSwitch />
            <LanguageChoice />
          </Stack>
        </Stack>
      </AppShell.Navbar>
      <AppShell.Main id="main">
        <OfflineBanner className={css.banner} />
        <Suspense fallback={<Loading />}>
          {/* Another clinic is another world, and so is another person's: nothing of the last one's screen stays. */}
          <Outlet key={`${here?.clinicId} ${here?.email}`} />
        </Suspense>
      </AppShell.Main>
      <Suspense fallback={null}>
        <Notices />
      </Suspense>
    </AppShell>
  )
}
