/* Writes src/api/schema.ts, the types of the API, from the schemas that the server publishes
 * (src/app/schemas.json): a field that changes there is a compile error here.
 *   node tools/schema-types.mjs          writes the file
 *   node tools/schema-types.mjs --check  fails when it is out of date */
import { readFile, writeFile } from 'node:fs/promises';

const source = new URL('../../src/app/schemas.json', import.meta.url);
const target = new URL('../src/api/schema.ts', import.meta.url);

const plain = { string: 'string', integer: 'number', number: 'number', boolean: 'boolean', null: 'null' };

function nameOf(ref) {
  return ref.slice(ref.lastIndexOf('/') + 1);
}

function membersOf(schema) {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties).map(([key, value]) =>
    `${key}${required.has(key) ? '' : '?'}: ${typeOf(value)}`);
}

function objectOf(schema) {
  const parts = [];
  if (schema.properties) parts.push(`{ ${membersOf(schema).join('; ')} }`);
  if (typeof schema.additionalProperties === 'object')
    parts.push(`Record<string, ${typeOf(schema.additionalProperties)}>`);
  return parts.join(' & ') || 'Record<string, unknown>';
}

function typeOf(schema) {
  if (schema.$ref) return nameOf(schema.$ref);
  if (schema.enum) return schema.enum.map((v) => JSON.stringify(v)).join(' | ');
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices) return choices.map(typeOf).join(' | ');
  if (schema.allOf) return schema.allOf.map(typeOf).join(' & ');
  if (Array.isArray(schema.type))
    return schema.type.map((type) => typeOf({ ...schema, type })).join(' | ');
  if (schema.type === 'array') return schema.items ? `Array<${typeOf(schema.items)}>` : 'unknown[]';
  if (schema.type === 'object') return objectOf(schema);
  return plain[schema.type] ?? 'unknown';
}

const schemas = JSON.parse(await readFile(source, 'utf8'));
const types = Object.entries(schemas).map(([name, schema]) => `export type ${name} = ${typeOf(schema)};`);
const text = `/* Made by tools/schema-types.mjs from src/app/schemas.json of the server; not edited by hand. */\n\n${types.join('\n\n')}\n`;

if (process.argv.includes('--check')) {
  const current = await readFile(target, 'utf8').catch(() => '');
  if (current !== text) {
    console.error('src/api/schema.ts is out of date: npm run types');
    process.exit(1);
  }
} else {
  await writeFile(target, text);
}
