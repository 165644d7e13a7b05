/** Where what is said in passing appears; after the screen, which nobody has done anything on yet. */
import '@mantine/notifications/styles.css'
import { Notifications } from '@mantine/notifications'
import css from './notices.module.css'

export function Notices() {
  return <Notifications position="top-center" classNames={{ root: css.notices ?? '' }} />
}
