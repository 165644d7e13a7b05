/** A stretch of time that changes when one can be booked: looked at before it is saved, for whom it displaces. */
import type { Problem } from '@ambulo/client'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ImpactDialog } from './impact/ImpactDialog'
import { type Change, useImpact } from './impact/useImpact'
import { PeriodForm, type When } from './PeriodForm'
import { useFieldWords } from './useFieldWords'
import type { PeriodSaid } from './usePeriod'

interface ChangeFormProps {
  title: string
  period: PeriodSaid
  example: string
  changeOf: (said: When & { reason: string }) => Change
  children: ReactNode
}

export function ChangeForm({ title, period, example, changeOf, children }: ChangeFormProps) {
  const { t } = useTranslation('hours')
  const [problem, setProblem] = useState<Problem>()
  const wrong = useFieldWords(problem)
  const impact = useImpact({
    onDone: () => {
      period.clear()
      return undefined
    },
    onProblem: (found) => {
      const isHere = found.violations.length > 0 || found.reason === 'MORE_THAN_THERE_ARE'
      if (isHere) setProblem(found)
      return isHere
    },
  })
  const submit = (when: When) => {
    setProblem(undefined)
    impact.look(changeOf({ ...when, reason: period.reason }))
  }
  return (
    <>
      <PeriodForm title={title} period={period} example={example} does={t('save')} wrong={wrong} submit={submit}>
        {children}
      </PeriodForm>
      <ImpactDialog impact={impact} />
    </>
  )
}
