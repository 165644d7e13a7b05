/** Every state a question can be in has something to show. */
import { Problem } from '@ambulo/client'
import { useQuery } from '@tanstack/react-query'
import { screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test } from 'vitest'
import { show } from '../testing/render'
import { Asked } from './Asked'
import { Empty } from './Empty'

function List({ ask }: { ask: () => Promise<string[]> }) {
  const query = useQuery({ queryKey: ['list'], queryFn: ask })
  return (
    <Asked query={query} empty={<Empty title="Nobody is here" />}>
      {(names) => <p>{names.join(', ')}</p>}
    </Asked>
  )
}

test('while it is asked, something says so', async () => {
  await show(<List ask={() => new Promise(() => undefined)} />)
  expect(screen.getByRole('status').textContent).toContain('Loading')
})

test('what came is shown, or that nothing did', async () => {
  await show(<List ask={async () => ['Ana', 'Bogdan']} />)
  expect(await screen.findByText('Ana, Bogdan')).toBeTruthy()
})

test('nothing is said in words', async () => {
  await show(<List ask={async () => []} />)
  expect(await screen.findByText('Nobody is here')).toBeTruthy()
})

test('a failure names the request, and can be tried again', async () => {
  const answers = [() => Promise.reject(new Problem({ status: 500, requestId: 'r-1' })), async () => ['Ana']]
  await show(<List ask={() => (answers.shift() as () => Promise<string[]>)()} />)
  expect((await screen.findByRole('alert')).textContent).toContain('r-1')
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }))
  expect(await screen.findByText('Ana')).toBeTruthy()
})

test.each([
  [new Problem({ status: 403 }), 'This is not for your role'],
  [Problem.unreachable(), 'No connection'],
  [new Problem({ status: 409, code: 'SLOT_TAKEN' }), 'This time has just been taken'],
  [new Problem({ status: 404 }), 'There is nothing here'],
  [new Error('bug'), 'Something went wrong'],
])('%s is said as "%s"', async (error, words) => {
  await show(<List ask={() => Promise.reject(error)} />)
  expect(await screen.findByRole('heading', { name: words })).toBeTruthy()
})
