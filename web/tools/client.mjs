/* Writes src/api/client.ts, the types of the API and a function for each of its operations, from the OpenAPI
 * description that the server publishes: what changes there is a compile error here.
 *   node tools/client.mjs [DUIXIAN]   starts the program, build/duixian by default, and writes the file
 * The tests fail when the file is out of date. */
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const JSON_TYPE = 'application/json';
const target = new URL('../src/api/client.ts', import.meta.url);

/* --- types ---------------------------------------------------------------------------------- */

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
  if (schema.format === 'binary') return 'Blob';
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

/* --- operations ----------------------------------------------------------------------------- */

/* ASSESS_PDF is assessPdf. */
function functionOf(operationId) {
  return operationId.toLowerCase().replace(/_(.)/g, (_, letter) => letter.toUpperCase());
}

/* What is sent or comes back: its media type, and its type here. A line of NDJSON is not the whole of it. */
function contentOf(content) {
  const [[media, { schema }], ...others] = Object.entries(content);
  const several = others.length > 0;
  return { media, several, type: media.endsWith('ndjson') ? 'Blob' : typeOf(schema) };
}

const readers = { Blob: 'blob', Text: 'text' };

function operation(path, method, { operationId, summary, parameters, requestBody, responses }) {
  const of = (place) => parameters.filter((parameter) => parameter.in === place);
  const takes = of('path').map(({ name }) => `${name}: string`);
  const parts = [`'${method.toUpperCase()}'`, `\`${path.replace(/\{(\w+)\}/g, '${segment($1)}')}\``];
  const sent = requestBody && contentOf(requestBody.content);
  if (sent) takes.push(`body: ${sent.type}`);
  const query = of('query').map(({ name, schema }) => `${name}?: ${typeOf(schema)}`);
  if (query.length > 0) takes.push(`query: { ${query.join('; ')} }`);
  takes.push('signal?: AbortSignal');
  const options = ['signal'];
  if (sent?.several) options.push('body, type: body.type');
  else if (sent) options.push(sent.media === JSON_TYPE ? 'json: body' : `body, type: '${sent.media}'`);
  if (query.length > 0) options.push('query');
  const { type } = contentOf(Object.values(responses)[0].content);
  const reader = type === 'Blob' || type === 'File' ? 'blob' : readers[type] ?? 'json';
  return `/* ${summary}. */\nexport function ${functionOf(operationId)}(${takes.join(', ')}): Promise<${type}> {\n` +
    `  return ${reader}(${parts.join(', ')}, { ${options.join(', ')} });\n}\n`;
}

export function clientFrom(openapi) {
  const types = Object.entries(openapi.components.schemas)
    .map(([name, schema]) => `export type ${name} = ${typeOf(schema)};\n`);
  const operations = Object.entries(openapi.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, about]) => operation(path, method, about)));
  return '/* Made by tools/client.mjs from the OpenAPI description of the server; not edited by hand. */\n' +
    `import { blob, json, segment, text } from './http';\n\n${types.join('\n')}\n${operations.join('\n')}`;
}

export async function fetchDescription(address) {
  const reply = await fetch(`${address}/api/v1/openapi.json`, { headers: { 'Accept-Language': 'en' } });
  return reply.json();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { root, startServer } = await import('../tests/site.mjs');
  const server = await startServer(resolve(process.argv[2] ?? `${root}/build/duixian`), []);
  await writeFile(target, clientFrom(await fetchDescription(server.address)));
  server.stop();
}
