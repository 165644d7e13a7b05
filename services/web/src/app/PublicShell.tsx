/** Around a clinic's public pages: its name and logo, and the language. */
import { Box, Container, Group } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, Outlet, useParams } from '@tanstack/react-router'
import { Suspense } from 'react'
import { LanguageChoice, Loading } from '../ui'
import { Brand } from './Brand'
import { publicClinic } from './clinic'
import { isNoClinic, NoClinic } from './NoClinic'
import { OfflineBanner } from './offline/OfflineBanner'
import { SkipLink } from './SkipLink'
import { useHere } from './session'
import css from './shell.module.css'
import { Visitor } from './Visitor'

export function PublicShell() {
  const { clinicId } = useParams({ from: '/c/$clinicId' })
  const { data: clinic, error } = useQuery(publicClinic(clinicId))
  const isNone = isNoClinic(clinicId, error)
  const here = useHere()
  return (
    <Box mih="100dvh">
      <SkipLink />
      <header className={css.header}>
        <Container size="sm" h="100%">
          <Group h="100%" justify="space-between" wrap="nowrap">
            <Link to="/c/$clinicId" params={{ clinicId }} className={css.brand}>
              <Brand name={clinic?.name} logo={clinic?.logo} />
            </Link>
            <Group gap="sm" wrap="nowrap" flex="none">
              {/* On a phone, who is signed in chooses it where they are at home. */}
              <Box {...(here && { visibleFrom: 'xs' })}>
                <LanguageChoice />
              </Box>
              {here && <Visitor here={here} />}
            </Group>
          </Group>
        </Container>
      </header>
      <OfflineBanner />
      <Container component="main" id="main" size="sm" py="lg">
        <Suspense fallback={<Loading />}>{isNone ? <NoClinic /> : <Outlet />}</Suspense>
      </Container>
    </Box>
  )
}
