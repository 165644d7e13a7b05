/** Says for a moment that something is done. */
import { notifications } from '@mantine/notifications'
import { useTranslation } from 'react-i18next'

export function useSaid(): (message: string) => void {
  const { t } = useTranslation('hours')
  return (message) => {
    // One at a time: what was said before has been read.
    notifications.clean()
    notifications.show({ message, color: 'green', closeButtonProps: { 'aria-label': t('impact.close') } })
  }
}
