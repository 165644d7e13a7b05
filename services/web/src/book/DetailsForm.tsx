/** Name, how to reach one, and what the clinic should know. */
import { Group, Textarea, TextInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { Details } from './draft'

export type Fault = 'missing' | 'wrong'
export type Faults = Partial<Record<keyof Details, Fault>>

/** Somebody @ somewhere with a dot; the mail with the code says the rest. */
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/

/** With the prefix of its country: nobody here knows in which one a guest is. */
const PHONE = /^\+[\d\s().-]{6,}$/

export function faultsOf({ familyName, email, phone }: Details): Faults {
  const found: Faults = {}
  if (!familyName.trim()) found.familyName = 'missing'
  if (!email.trim()) found.email = 'missing'
  else if (!EMAIL.test(email.trim())) found.email = 'wrong'
  if (phone.trim() && !PHONE.test(phone.trim())) found.phone = 'wrong'
  return found
}

/** In the order in which they are on the page. */
export function focusFirst(form: HTMLFormElement, faults: Faults) {
  for (const field of form.querySelectorAll<HTMLInputElement>('[name]'))
    if (field.name in faults) {
      field.focus()
      return
    }
}

interface DetailsFormProps {
  details: Details
  isGuest: boolean
  faults: Faults
  onChange: (change: Partial<Details>) => void
}

export function DetailsForm({ details, isGuest, faults, onChange }: DetailsFormProps) {
  const { t } = useTranslation('book')
  const field = (name: keyof Details) => ({
    name,
    value: details[name],
    label: t(`details.${name}`),
    error: faults[name] && t(`details.${faults[name]}.${name}` as never),
    onChange: (event: { currentTarget: { value: string } }) => onChange({ [name]: event.currentTarget.value }),
  })
  const notes = (
    <Textarea {...field('notes')} description={t('details.notesHint')} autosize minRows={2} maxLength={2000} />
  )
  if (!isGuest) return notes
  return (
    <>
      <Group grow align="flex-start" preventGrowOverflow={false} wrap="wrap">
        <TextInput {...field('givenName')} autoComplete="given-name" maxLength={100} miw={200} />
        <TextInput {...field('familyName')} autoComplete="family-name" maxLength={100} required miw={200} />
      </Group>
      <TextInput
        {...field('email')}
        type="email"
        inputMode="email"
        autoComplete="email"
        description={t('details.emailHint')}
        maxLength={254}
        required
      />
      <TextInput {...field('phone')} type="tel" inputMode="tel" autoComplete="tel" maxLength={40} />
      {notes}
    </>
  )
}
