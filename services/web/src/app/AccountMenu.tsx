/** Who is signed in, light or dark, and the way out. */
import { Menu, Text, useMantineColorScheme } from '@mantine/core'
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import { AccountLeaving } from './AccountLeaving'
import { useSignOut } from './AccountSignOut'
import { useHere } from './session'

const SCHEMES = ['auto', 'light', 'dark'] as const

export function AccountMenu({ children }: { children: ReactElement }) {
  const { t } = useTranslation()
  const here = useHere()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const leaving = useSignOut()
  if (!here) return null
  return (
    <>
      <Menu position="bottom-end" width={240}>
        <Menu.Target>{children}</Menu.Target>
        <Menu.Dropdown>
          <Text size="sm" px="sm" py="xs" truncate title={here.email}>
            {here.email}
          </Text>
          <Menu.Divider />
          <Menu.Label>{t('scheme.label')}</Menu.Label>
          {SCHEMES.map((scheme) => (
            <Menu.Item
              key={scheme}
              role="menuitemradio"
              aria-checked={scheme === colorScheme}
              rightSection={scheme === colorScheme && '✓'}
              onClick={() => setColorScheme(scheme)}
            >
              {t(`scheme.${scheme}`)}
            </Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item onClick={leaving.ask}>{t('nav.signOut')}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {leaving.isStopped && <AccountLeaving leaving={leaving} />}
    </>
  )
}
