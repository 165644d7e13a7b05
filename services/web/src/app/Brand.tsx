/** Whose page this is: the clinic's logo and name, or ours. */
import { Group, Text } from '@mantine/core'

export function Brand({ name, logo }: { name?: string | undefined; logo?: string | undefined }) {
  return (
    <Group gap="xs" wrap="nowrap" miw={0}>
      <img src={logo || '/icon.svg'} alt="" width={32} height={32} />
      <Text fw={650} truncate>
        {name || 'Ambulo'}
      </Text>
    </Group>
  )
}
