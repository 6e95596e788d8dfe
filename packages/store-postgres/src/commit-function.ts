import { createHash } from 'node:crypto'
import type { Kind } from '@latchkey/core'
import { KINDS, quoted, tableOf } from './schema.ts'

/** The function inside the database that applies a group of commits. */
export interface CommitFunction {
  readonly name: string
  /** The SQL that creates it. */
  readonly creation: string
  /** The SQL that calls it with a list of writes as JSON, and answers a list of the commits in conflict. */
  readonly call: string
}

/**
 * Applies several commits in one transaction, each whole or not at all, without a savepoint: first every row is claimed – inserted, or locked at its revision –
 * in one order that all servers keep, so that none waits for another in a circle; then what was claimed for a commit in conflict is given back, and the rest is
 * changed. No two writes of a call are on one row. Its name is that of its content, so that servers of two versions each find their own.
 */
export function commitFunction(schema: string): CommitFunction {
  const body = bodyOf(schema)
  const name = `commit_${createHash('sha256').update(body).digest('hex').slice(0, 12)}`
  const qualified = `${quoted(schema)}.${quoted(name)}`
  return {
    name,
    creation: `CREATE OR REPLACE FUNCTION ${qualified}(writes json) RETURNS text LANGUAGE plpgsql AS $function$${body}$function$`,
    call: `SELECT ${qualified}($1::json)`,
  }
}

const WRITES = 'SELECT * FROM json_to_recordset(writes) AS item (place integer, write text, kind text, key text, revision bigint, record json)'

function bodyOf(schema: string): string {
  return `
DECLARE
  item record;
  lost integer[] := '{}';
  changes boolean := false;
BEGIN
  FOR item IN ${WRITES} ORDER BY kind COLLATE "C", key COLLATE "C" LOOP
    ${eachKind((kind) => claim(tableOf(schema, kind)))}
    IF NOT FOUND THEN lost := lost || item.place; END IF;
    changes := changes OR item.write <> 'insert';
  END LOOP;
  IF changes OR lost <> '{}' THEN
    FOR item IN ${WRITES} WHERE (write = 'insert') = (place = ANY (lost)) LOOP
      ${eachKind((kind) => conclude(tableOf(schema, kind)))}
    END LOOP;
  END IF;
  RETURN array_to_json(lost);
END`
}

function eachKind(statements: (kind: Kind) => string): string {
  return `CASE item.kind ${KINDS.map((kind) => `WHEN '${kind}' THEN ${statements(kind)}`).join('\n    ')} END CASE;`
}

function claim(table: string): string {
  return `IF item.write = 'insert' THEN INSERT INTO ${table} (key, revision, record) VALUES (item.key, item.revision, item.record) ON CONFLICT (key) DO NOTHING;
      ELSE PERFORM 1 FROM ${table} WHERE key = item.key AND revision = item.revision FOR UPDATE; END IF;`
}

/** An insert is taken back only where it is ours: the row in its way has the same key. */
function conclude(table: string): string {
  return `IF item.write = 'replace' THEN UPDATE ${table} SET record = item.record, revision = revision + 1 WHERE key = item.key;
      ELSIF item.write = 'remove' THEN DELETE FROM ${table} WHERE key = item.key;
      ELSE DELETE FROM ${table} WHERE key = item.key AND xmin = pg_current_xact_id()::xid; END IF;`
}
