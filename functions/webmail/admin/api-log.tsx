import { mediumDate } from '../text/dates.ts'
import { Button } from '../views/button.tsx'
import { Empty, Head, Loaded, More, Scrolls } from './parts.tsx'
import type { LoggedCall } from './types.ts'
import { useList } from './use-answer.ts'

export function ApiLog() {
  const list = useList<LoggedCall>('/logs', ({ id }) => id)
  return (
    <>
      <Head title="API log">
        <Button icon="refresh" busy={list.busy} onClick={list.load}>
          Refresh
        </Button>
      </Head>
      <p class="hint">Calls of the last thirty days, and what administrators changed. What they held is not kept.</p>
      <Loaded of={list.items} failure={list.failure} load={list.load}>
        {list.items?.length === 0 ? (
          <Empty>Nothing has called.</Empty>
        ) : (
          <Scrolls label="Calls">
            <table>
              <thead>
                <tr>
                  <th scope="col">When</th>
                  <th scope="col">Call</th>
                  <th scope="col">Answer</th>
                  <th scope="col">By</th>
                </tr>
              </thead>
              <tbody>
                {list.items?.map(({ id, created_at, method, endpoint, response_status, user_agent }) => (
                  <tr key={id}>
                    <td class="no-wrap">{mediumDate(created_at)}</td>
                    <td>
                      <code>
                        {method} {endpoint}
                      </code>
                    </td>
                    <td>
                      <span class={`state ${response_status < 400 ? 'good' : 'bad'}`}>{response_status}</span>
                    </td>
                    <td class="agent">{user_agent ?? ''}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Scrolls>
        )}
        <More list={list} />
      </Loaded>
    </>
  )
}
