import { type Child, LOAD_CORE, SERVER_CORE, start } from './child.ts'
import { connect } from './load/connection.ts'
import { tokenRequest } from './load/request.ts'
import { median } from './measure.ts'
import { API_SCOPE, type ServerSetting } from './setting.ts'

/** From starting the process to the first token, in milliseconds: the median of some starts. Our database exists already. */
export async function coldStart(program: './servers/latchkey.ts' | './servers/peer.ts', store: string, times: number): Promise<number> {
  const setting: ServerSetting = { alg: 'ES256', format: 'jwt', store }
  if (store !== 'memory') await (await start(program, LOAD_CORE, setting)).stop()
  const taken: number[] = []
  for (let time = 0; time < times; time++) {
    const began = performance.now()
    const child = await start(program, SERVER_CORE, setting)
    await firstToken(child)
    taken.push(performance.now() - began)
    await child.stop()
  }
  return median(taken)
}

async function firstToken({ port }: Child): Promise<void> {
  const connection = await connect(port)
  const { status } = await connection.ask(tokenRequest(port, { grant_type: 'client_credentials', scope: API_SCOPE }))
  connection.close()
  if (status !== 200) throw new Error(`the first token request was answered ${status}`)
}
