/** Whoever shows a code is there: scanned by a reader or the camera, or pasted. One after the other. */
import { answer } from '@ambulo/client'
import { Alert, Button, Stack, Text, TextInput } from '@mantine/core'
import { lazy, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../../app/api'
import { LocalTime } from '../../ui'
import { Form } from '../Form'
import { Side } from '../Side'
import { useWrite } from '../write'
import { canScan } from './scanning'

const Camera = lazy(() => import('./Camera').then(({ Camera: found }) => ({ default: found })))

export function CheckInByCode({ zone, close }: { zone: string; close: () => void }) {
  const { t } = useTranslation('desk')
  const [code, setCode] = useState('')
  const [isLooking, look] = useState(false)
  const write = useWrite((wish: { code: string }) => answer(api.POST('/v1/public/check-ins', { body: wish })))
  const send = (found: string) => {
    look(false)
    setCode(found)
    write.mutate({ code: found.trim() }, { onSuccess: () => setCode('') })
  }
  return (
    <Side title={t('arrive.title')} close={close}>
      <Form does={t('arrive.do')} write={write} submit={() => send(code)} isReady={Boolean(code.trim())}>
        <Text>{t('arrive.help')}</Text>
        {canScan() && (
          <Button variant="default" aria-expanded={isLooking} onClick={() => look(!isLooking)}>
            {t(isLooking ? 'arrive.stop' : 'arrive.camera')}
          </Button>
        )}
        <Suspense fallback={null}>{isLooking && <Camera found={send} />}</Suspense>
        <TextInput
          label={t('arrive.label')}
          required
          autoComplete="off"
          data-autofocus
          maxLength={500}
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
        />
        {write.data && (
          <Alert color="green" title={t('arrive.done')} role="status">
            <Stack gap={2}>
              <LocalTime at={write.data.start} zone={zone} />
              {write.data.expectedWait && (
                <Text size="sm">{t('arrive.wait', { count: write.data.expectedWait.minutes })}</Text>
              )}
            </Stack>
          </Alert>
        )}
      </Form>
    </Side>
  )
}
