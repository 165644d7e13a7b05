/** Where the link of a guest's mail leads, on any device: one press, and the time is theirs. Programs that open every
 * link of a mail press nothing. */
import { Problem } from '@ambulo/client'
import { Alert, Button, Stack, Text } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useLocation, useNavigate, useParams } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { publicClinic } from '../app/clinic'
import { Asked, ButtonLink, Empty, Page, useProblemWords } from '../ui'
import css from './book.module.css'
import { confirm } from './booking'
import { DoneStep } from './DoneStep'
import type { Done } from './draft'
import { clinicPage } from './offers'
import { tellOtherTabs } from './otherTab'
import { Tick } from './pictures'
import { forgetProof, type Proof, proofOf } from './proof'
import { useBooker } from './useBooker'

export function ConfirmLink() {
  const { t } = useTranslation('book')
  const { clinicId } = useParams({ from: '/c/$clinicId' })
  const go = useNavigate()
  const hash = useLocation({ select: (location) => location.hash })
  const [proof, setProof] = useState(() => proofOf(clinicId, hash))
  const [done, setDone] = useState<Done>()
  useEffect(() => {
    if (!hash) return
    setProof(proofOf(clinicId, hash))
    // Nobody finds it in the history, or over somebody's shoulder.
    void go({ to: '.', hash: '', replace: true })
  }, [clinicId, hash, go])
  if (done) return <Confirmed clinicId={clinicId} done={done} />
  return (
    <Page title={t('link.title')}>
      {proof ? (
        <Ask key={proof.code} clinicId={clinicId} proof={proof} onDone={setDone} />
      ) : (
        <Empty title={t('link.none.title')} action={<Again clinicId={clinicId} />}>
          {t('link.none.detail')}
        </Empty>
      )}
    </Page>
  )
}

interface AskProps {
  clinicId: string
  proof: Proof
  onDone: (done: Done) => void
}

function Ask({ clinicId, proof, onDone }: AskProps) {
  const { t } = useTranslation('book')
  const confirming = useMutation({
    // Without a network it fails at once, and says so.
    networkMode: 'always',
    mutationFn: () => confirm(clinicId, proof.booking, proof.code),
    onSuccess: (done) => {
      tellOtherTabs(proof.booking, done)
      forgetProof(clinicId)
      onDone(done)
    },
  })
  const { error } = confirming
  if (isOver(error))
    return (
      <Empty title={t('link.over.title')} action={<Again clinicId={clinicId} />}>
        {t('link.over.detail')}
      </Empty>
    )
  return (
    <Stack gap="lg">
      <Tick />
      <Text>{t('link.lead')}</Text>
      {error && <Refusal error={error} />}
      <Button size="lg" className={css.next} loading={confirming.isPending} onClick={() => confirming.mutate()}>
        {t('link.confirm')}
      </Button>
      <Text size="sm" c="dimmed">
        {t('link.notYou')}
      </Text>
    </Stack>
  )
}

function Refusal({ error }: { error: Error }) {
  const { t } = useTranslation('book')
  const words = useProblemWords()
  const isWrong = error instanceof Problem && error.reason === 'WRONG_CODE'
  return (
    <Alert color="red" variant="light" role="alert" title={isWrong ? t('link.wrong.title') : words(error).title}>
      {isWrong ? t('link.wrong.detail') : words(error).detail}
    </Alert>
  )
}

function Again({ clinicId }: { clinicId: string }) {
  const { t } = useTranslation('book')
  return (
    <ButtonLink to="/c/$clinicId/book" params={{ clinicId }} search={{}}>
      {t('confirm.over.again')}
    </ButtonLink>
  )
}

/** Once it is known what the ids stand for, and in which zone. */
function Confirmed({ clinicId, done }: { clinicId: string; done: Done }) {
  const { t } = useTranslation('book')
  const { booker } = useBooker(clinicId)
  const clinic = useQuery(publicClinic(clinicId))
  const page = useQuery(clinicPage(clinicId))
  if (page.data && clinic.data) return <DoneStep done={done} booker={booker} />
  return (
    <Page title={t('done.title')}>
      <Asked query={page}>{() => <Asked query={clinic}>{() => null}</Asked>}</Asked>
    </Page>
  )
}

/** Too late, or never there: nothing is told of which. */
function isOver(error: Error | null): boolean {
  return error instanceof Problem && (error.reason === 'BOOKING_OVER' || error.status === 404)
}
