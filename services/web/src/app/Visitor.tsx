/** Who is signed in on a public page: the way to their own screens, and their account. */
import { Group } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { Account } from './Account'
import { screensOf, startOf } from './screens'
import type { Here } from './session'
import css from './shell.module.css'

export function Visitor({ here }: { here: Here }) {
  const { t } = useTranslation()
  const start = startOf(here)
  const words = screensOf(here).find(({ to }) => to === start)?.words
  return (
    <Group gap={4} wrap="nowrap">
      <Link to={start} className={css.link}>
        {words && t(words)}
      </Link>
      <Account />
    </Group>
  )
}
