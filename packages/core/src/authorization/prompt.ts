import { refuse, type Refusal } from '../decision.ts'

/** @spec OpenID Connect Core §3.1.2.1, Initiating User Registration via OpenID Connect 1.0 §4 */
export const PROMPTS = ['none', 'login', 'consent', 'select_account', 'create'] as const
export type Prompt = (typeof PROMPTS)[number]

/** The prompts that a request names; unknown ones are ignored, and `none` stands alone. @spec OpenID Connect Core §3.1.2.1 */
export function parsePrompt(text: string | undefined, offered: readonly Prompt[]): readonly Prompt[] | Refusal {
  const named = new Set(text?.split(' '))
  const known = offered.filter((prompt) => named.has(prompt))
  return known.includes('none') && named.size > 1 ? refuse('prompt_contradictory') : known
}
