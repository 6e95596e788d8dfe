/** A block of code on a page, counted from 1. */
export interface Block {
  readonly page: string
  readonly at: number
  /** What stands behind the fence, as in `sh`. */
  readonly language: string
  readonly text: string
}

/** How a block of a page is put to the test: what is said of it, and what must not reject. */
export interface Rule {
  readonly language: string
  readonly how: string
  readonly run: (block: Block) => Promise<void> | void
}

/** The rules of pages, by file name; those of a page in the order of its blocks. */
export type Rules = Readonly<Record<string, readonly Rule[]>>

/** All fenced blocks of a page. */
export function blocksOf(page: string, markdown: string): readonly Block[] {
  return [...markdown.matchAll(/^ {0,3}(`{3,}|~{3,})([^\n]*)\n([\s\S]*?)^ {0,3}\1[ \t]*$/gm)].map(([, , language = '', text = ''], at) => ({ page, at: at + 1, language: language.trim(), text }))
}

/** The rule of a block, if there is one for its place and language. */
export function ruleOf({ page, at, language }: Block, rules: Rules): Rule | undefined {
  const rule = rules[page]?.[at - 1]
  return rule?.language === language ? rule : undefined
}

/** Blocks without a rule, and rules without a block. */
export function unaccounted(pages: Readonly<Record<string, readonly Block[]>>, rules: Rules): readonly string[] {
  const blocks = Object.values(pages).flat()
  const bare = blocks.filter((block) => ruleOf(block, rules) === undefined).map(({ page, at, language }) => `${page}: block ${at} (${language}) has no rule`)
  const idle = Object.entries(rules).filter(([page, all]) => all.length > (pages[page]?.length ?? 0)).map(([page]) => `${page}: has fewer blocks than rules`)
  return [...bare, ...idle]
}
