/** What signing out would lose, and what can be done instead. */
import { Button, Modal, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { SigningOut } from './AccountSignOut'
import { useOnline } from './offline/online'

export function AccountLeaving({ leaving }: { leaving: SigningOut }) {
  const { t } = useTranslation()
  const online = useOnline()
  const { waiting } = leaving
  const why = reasonFor(leaving, online)
  return (
    <Modal
      opened
      onClose={leaving.stay}
      title={t(waiting.length ? 'leaving.title' : 'leaving.failed')}
      closeButtonProps={{ 'aria-label': t('leaving.stay'), size: 44 }}
    >
      <Stack>
        {waiting.length > 0 && (
          <>
            <Text>{t('leaving.detail')}</Text>
            <Stack component="ul" gap="xs" m={0} pl="lg">
              {waiting.map(({ id, write, about }) => (
                <Text component="li" key={id} fw={600}>
                  {t('offline.what', { what: t(`offline.writes.${write}`), about })}
                </Text>
              ))}
            </Stack>
          </>
        )}
        <Text size="sm" role="status">
          {why && t(`leaving.${why}`)}
        </Text>
        {online && leaving.canSend && (
          <Button onClick={leaving.send} loading={leaving.isSending} data-autofocus>
            {t('leaving.send')}
          </Button>
        )}
        <Button variant="default" onClick={leaving.stay}>
          {t('leaving.stay')}
        </Button>
        <Button variant="light" color="red" onClick={leaving.leave} loading={leaving.isLeaving}>
          {t(waiting.length ? 'leaving.lose' : 'nav.signOut')}
        </Button>
      </Stack>
    </Modal>
  )
}

/** Why it does not go on. */
function reasonFor({ waiting, canSend, isTried, isRefused }: SigningOut, online: boolean) {
  if (isRefused) return 'failedDetail'
  if (!online) return 'offline'
  if (!canSend && waiting.some(({ refused }) => !refused)) return 'elsewhere'
  return isTried ? 'left' : undefined
}
