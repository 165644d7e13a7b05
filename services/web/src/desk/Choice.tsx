/** One of several things with names, or with `none` none of them in particular. */
import { NativeSelect } from '@mantine/core'

interface ChoiceProps {
  label: string
  value: string
  of: { id: string; name: string }[]
  none?: string
  choose: (id: string) => void
}

export function Choice({ label, value, of, none, choose }: ChoiceProps) {
  const named = of.map(({ id, name }) => ({ value: id, label: name }))
  return (
    <NativeSelect
      size="md"
      // Room for what is chosen: on a phone two do not fit side by side.
      miw={190}
      label={label}
      value={value}
      data={none === undefined ? named : [{ value: '', label: none }, ...named]}
      onChange={(event) => choose(event.currentTarget.value)}
    />
  )
}
