/** In which clinic one acts, for who may act in several. */
import { NativeSelect } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { startOf } from './screens'
import { switchClinic, useHere } from './session'

export function ClinicSwitch() {
  const { t } = useTranslation()
  const here = useHere()
  const go = useNavigate()
  const change = useMutation({
    mutationFn: switchClinic,
    onSuccess: async (_, clinicId) => {
      const next = here?.memberships.find((each) => each.clinicId === clinicId)
      if (here && next) await go({ to: startOf({ ...here, ...next, clinicId }) })
    },
  })
  if (!here || here.memberships.length < 2) return null
  return (
    <NativeSelect
      aria-label={t('nav.clinic')}
      size="sm"
      data={here.memberships.map((each) => ({ value: each.clinicId ?? '', label: each.clinicName }))}
      value={change.isPending ? change.variables : here.clinicId}
      disabled={change.isPending}
      error={change.isError}
      onChange={(event) => change.mutate(event.currentTarget.value)}
    />
  )
}
