// Holds what the Block Kit checker takes against the types Slack publishes for JavaScript.
//
//   node check.mjs blocks.json
//
// blocks.json comes from the checker's own tests (EXPORT_BLOCKS). Two questions are asked: is every block
// and view that the checker takes one that Slack's types allow, and do both sides know the same properties,
// with everything that Slack's types require required here too. Where the two are meant to differ, the
// lists below say so; an entry nothing needs any more is a failure too, so that they cannot grow old.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import Ajv from 'ajv';
import { createGenerator } from 'ts-json-schema-generator';

// Types the published package does not have: blocks too new for it, and the charts in them.
const younger = new Set(['data_visualization', 'layout', 'pie', 'bar', 'area', 'line', 'action_cell']);

// Properties the published package does not have, by type.
const youngerProperties = {
  header: ['level'],
  card: ['slack_icon', 'subtext'],
};

// Properties only the published types have. The url of an emoji comes with messages that are read, as the
// file block does; steps of workflows were retired.
const onlyPublished = { emoji: ['url'], file: null };

const file = process.argv[2];
if (!file) {
  console.error('say where the exported blocks are: node check.mjs blocks.json');
  process.exit(2);
}
const { blocks, views, properties } = JSON.parse(readFileSync(file, 'utf8'));

const entry = createRequire(import.meta.url).resolve('@slack/types').replace(/\.js$/, '.d.ts');
const schema = createGenerator({ path: entry, type: '*', skipTypeCheck: true, expose: 'all' }).createSchema('*');
const ajv = new Ajv({ allErrors: true, strict: false, allowUnionTypes: true });
ajv.addSchema({ ...schema, $id: 'slack' });

const failures = [];
const used = new Set();

// published finds the definitions of Slack's types by the value of their property "type".
const published = new Map();
for (const [name, definition] of Object.entries(schema.definitions)) {
  const parts = definition.anyOf ?? [definition];
  const kind = parts[0].properties?.type?.const;
  if (!kind || parts.some((p) => p.properties?.type?.const !== kind)) continue;
  const all = published.get(kind) ?? [];
  all.push({ name, parts });
  published.set(kind, all);
}
const isBlock = (name) => name.endsWith('Block');
const blockNames = new Map([...published].flatMap(([kind, all]) => all.filter((d) => isBlock(d.name)).map((d) => [kind, d.name])));

// known is a copy without the properties only the checker knows; undefined when a type in it is not published.
function known(v) {
  if (Array.isArray(v)) {
    const kept = v.map(known);
    return kept.includes(undefined) ? undefined : kept;
  }
  if (v === null || typeof v !== 'object') return v;
  const copy = {};
  for (const [name, value] of Object.entries(v)) {
    const part = known(value); // looked at in any case, so that the lists are known to be needed
    if (youngerProperties[v.type]?.includes(name)) used.add(`${v.type}.${name}`);
    else copy[name] = part;
  }
  if (younger.has(v.type)) {
    used.add(v.type);
    return undefined;
  }
  return Object.values(copy).includes(undefined) ? undefined : copy;
}

const words = (validate) => ajv.errorsText(validate.errors, { separator: '\n    ' }).split('\n').slice(0, 6).join('\n');

let held = 0;
function hold(what, name) {
  const part = known(what);
  if (part === undefined) return;
  const validate = ajv.getSchema(`slack#/definitions/${name}`);
  held += 1;
  if (!validate(part)) {
    failures.push(`the checker takes what ${name} does not allow: ${JSON.stringify(what).slice(0, 300)}\n    ${words(validate)}`);
  }
}

for (const block of blocks) {
  const name = blockNames.get(block.type);
  if (name) hold(block, name);
  else if (known(block) !== undefined) failures.push(`${block.type} is no published block, nor on the list of younger ones`);
}
for (const view of views) hold(view, view.type === 'home' ? 'HomeView' : 'ModalView');

// Both sides know the same properties.
for (const [kind, mine] of Object.entries(properties)) {
  const theirs = published.get(kind);
  if (!theirs) {
    if (!younger.has(kind)) failures.push(`${kind} is no published type, nor on the list of younger ones`);
    continue;
  }
  if (younger.has(kind)) failures.push(`${kind} is published now; take it off the list of younger types`);
  const parts = theirs.flatMap((d) => d.parts);
  const names = new Set(parts.flatMap((p) => Object.keys(p.properties ?? {})));
  names.delete('type');
  for (const name of Object.keys(mine)) {
    if (!names.has(name) && !youngerProperties[kind]?.includes(name)) failures.push(`${kind}.${name} is not published, nor on the list of younger properties`);
    if (names.has(name) && youngerProperties[kind]?.includes(name)) failures.push(`${kind}.${name} is published now; take it off the list`);
  }
  for (const name of names) {
    const strange = onlyPublished[kind]?.includes(name);
    if (!(name in mine) && !strange) failures.push(`the checker does not know ${kind}.${name}`);
    if (name in mine && strange) failures.push(`the checker knows ${kind}.${name}; take it off the list`);
    const required = parts.every((p) => p.required?.includes(name));
    if (required && name in mine && !mine[name]) failures.push(`Slack's types require ${kind}.${name} and the checker does not`);
  }
}
for (const [kind, name] of blockNames) {
  if (!(kind in properties) && onlyPublished[kind] !== null) failures.push(`the checker does not know the block ${kind} (${name})`);
}
for (const kind of younger) if (!used.has(kind)) failures.push(`${kind} is on the list of younger types for nothing`);
for (const [kind, names] of Object.entries(youngerProperties)) {
  for (const name of names) if (!used.has(`${kind}.${name}`)) failures.push(`${kind}.${name} is on the list of younger properties for nothing`);
}

if (failures.length > 0) {
  console.error(failures.join('\n'));
  console.error(`${failures.length} differences from Slack's published types`);
  process.exit(1);
}
console.log(`${held} blocks and views and ${Object.keys(properties).length} types agree with @slack/types`);
