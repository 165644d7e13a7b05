/** What went wrong, in words for people; what can be done; and what to tell whoever looks into it. */
import { Problem } from '@ambulo/client'
import { Button, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { NoPermission } from './NoPermission'
import { Notice } from './Notice'
import { Offline } from './Offline'
import { useProblemWords } from './problems'

export function Failed({ error, retry }: { error: unknown; retry?: () => void }) {
  const { t } = useTranslation()
  const words = useProblemWords()
  const problem = error instanceof Problem ? error : undefined
  if (problem?.status === 403) return <NoPermission />
  if (problem?.reason === 'UNREACHABLE') return <Offline retry={retry} />
  const { title, detail } = words(error)
  return (
    <Notice
      tone="bad"
      icon="alert"
      title={title}
      action={
        retry && (
          <Button variant="light" onClick={retry}>
            {t('state.retry')}
          </Button>
        )
      }
    >
      {detail}
      {problem?.requestId && (
        <Text size="xs" mt="xs" c="dimmed">
          {t('state.requestId', { id: problem.requestId })}
        </Text>
      )}
    </Notice>
  )
}
