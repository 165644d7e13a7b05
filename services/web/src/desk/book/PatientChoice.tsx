/** Who it is for: found by name, phone or number, or registered here and now. */
import { answer } from '@ambulo/client'
import { Button, Combobox, Group, InputBase, Stack, Text, TextInput, useCombobox } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../../app/api'
import { formatLocale } from '../../app/i18n'
import { nameOf, type Patient, useClinicId, usePatientSearch } from '../data'
import { Refused } from '../Refused'
import { type Keyed, useWrite } from '../write'

interface PatientChoiceProps {
  chosen: Patient | undefined
  choose: (patient: Patient | undefined) => void
}

const NEW = 'new'

export function PatientChoice({ chosen, choose }: PatientChoiceProps) {
  const { t } = useTranslation('desk')
  const [text, setText] = useState('')
  const [isNew, setNew] = useState(false)
  const [asked] = useDebouncedValue(text, 200)
  const found = usePatientSearch(asked).data?.patients ?? []
  // Nothing is chosen beforehand: whoever presses Enter too early must not register somebody anew.
  const box = useCombobox({ onDropdownOpen: () => box.resetSelectedOption() })
  if (isNew)
    return (
      <NewPatient
        name={text}
        back={() => setNew(false)}
        done={(patient) => {
          choose(patient)
          setNew(false)
        }}
      />
    )
  const pick = (id: string) => {
    box.closeDropdown()
    if (id === NEW) return setNew(true)
    const patient = found.find((each) => each.id === id)
    choose(patient)
    setText(nameOf(patient))
  }
  return (
    <Combobox store={box} onOptionSubmit={pick} withinPortal={false}>
      <Combobox.Target>
        <InputBase
          size="md"
          label={t('visit.patient')}
          placeholder={t('patient.search')}
          value={chosen ? nameOf(chosen) : text}
          required
          autoComplete="off"
          data-autofocus
          onChange={(event) => {
            setText(event.currentTarget.value)
            choose(undefined)
            box.openDropdown()
          }}
          onClick={() => box.openDropdown()}
          onBlur={() => box.closeDropdown()}
        />
      </Combobox.Target>
      <Combobox.Dropdown hidden={text.trim().length < 2}>
        <Combobox.Options aria-label={t('visit.patient')}>
          {found.map((each) => (
            <Combobox.Option key={each.id} value={each.id} mih={44}>
              <Text fw={600}>{nameOf(each)}</Text>
              <Text size="sm">{[bornOn(each), each.phone, each.mrn].filter(Boolean).join(' · ')}</Text>
            </Combobox.Option>
          ))}
          <Combobox.Option value={NEW} mih={44}>
            <Text fw={600}>+ {t('patient.new', { name: text.trim() })}</Text>
          </Combobox.Option>
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  )
}

/** A date without a time is the same everywhere. */
function bornOn({ birthDate }: Patient): string {
  const style = { dateStyle: 'medium', timeZone: 'UTC' } as const
  return birthDate ? new Intl.DateTimeFormat(formatLocale(), style).format(new Date(birthDate)) : ''
}

function NewPatient({ name, back, done }: { name: string; back: () => void; done: (patient: Patient) => void }) {
  const { t } = useTranslation('desk')
  const clinicId = useClinicId()
  const [first = '', ...others] = name.trim().split(/\s+/)
  const [who, setWho] = useState({ givenName: first, familyName: others.join(' '), phone: '', email: '' })
  const write = useWrite((wish: typeof who, keyed: Keyed) =>
    answer(api.POST('/v1/clinics/{clinicId}/patients', { params: { path: { clinicId }, header: keyed }, body: wish })),
  )
  const field = (key: keyof typeof who, type: string) => ({
    type,
    label: t(`patient.${key}`),
    value: who[key],
    onChange: (event: { currentTarget: { value: string } }) => {
      const { value } = event.currentTarget
      setWho((before) => ({ ...before, [key]: value }))
    },
  })
  return (
    <Stack
      component="fieldset"
      gap="sm"
      p="md"
      bd="1px solid var(--mantine-color-default-border)"
      style={{ borderRadius: 8 }}
    >
      <legend>{t('patient.title')}</legend>
      <Group grow gap="sm">
        <TextInput {...field('givenName', 'text')} data-autofocus />
        <TextInput {...field('familyName', 'text')} required />
      </Group>
      <TextInput {...field('phone', 'tel')} />
      <TextInput {...field('email', 'email')} />
      <Refused error={write.error} />
      <Group gap="xs">
        <Button
          variant="light"
          loading={write.isPending}
          disabled={!who.familyName.trim()}
          onClick={() => write.mutate(who, { onSuccess: done })}
        >
          {t('patient.do')}
        </Button>
        <Button variant="default" onClick={back}>
          {t('back')}
        </Button>
      </Group>
    </Stack>
  )
}
