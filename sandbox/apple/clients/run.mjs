// Runs App Store Connect clients that others wrote against the stand-in, with
// nothing changed in them but the address: list with paging, invite, add and
// remove testers, the errors they are told, and a sales report.
//
//   npm ci && node run.mjs <the ascbot binary>

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { gunzipSync } from 'node:zlib';
import { api as simple } from 'node-app-store-connect-api';
import generated from '@rage-against-the-pixel/app-store-connect-api';

const binary = process.argv[2];
if (!binary) {
  console.error('usage: node run.mjs <the ascbot binary>');
  process.exit(2);
}
const standIn = spawn(binary, ['sandbox', '--no-bot', '--json', '--addr', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'inherit'] });
const [line] = await Promise.race([
  new Promise((done) => createInterface(standIn.stdout).once('line', (l) => done([l]))),
  new Promise((_, fail) => standIn.once('exit', (code) => fail(new Error(`the stand-in ended with ${code}`)))),
]);
const at = JSON.parse(line);
const privateKey = await readFile(at.asc_private_key_path, 'utf8');

let steps = 0;
async function step(name, play) {
  try {
    await play();
  } catch (e) {
    console.error(`FAILED: ${name}\n`, e);
    process.exitCode = 1;
    return;
  }
  steps++;
  console.log(`ok  ${name}`);
}

// A small client: https://www.npmjs.com/package/node-app-store-connect-api. It
// follows links to https only, so it meets the stand-in behind what a front with
// TLS does: the scheme is taken off, and said in a header.
const front = at.asc_api_url.replace('http:', 'https:');
const throughFront = (url, o = {}) => fetch(url.replace(front, at.asc_api_url), { ...o, headers: { ...o.headers, 'X-Forwarded-Proto': 'https' } });
const small = await simple({ issuerId: at.asc_issuer_id, apiKey: at.asc_key_id, privateKey, urlBase: front, automaticRetries: 0, fetch: throughFront });

await step('node-app-store-connect-api: every page of a list', async () => {
  const { data: all } = await small.readAll('betaTesters?limit=5');
  const { data: once } = await small.read('betaTesters?limit=200');
  assert.ok(once.length > 5, 'the list has one page only');
  assert.deepEqual(all.map((t) => t.id).sort(), once.map((t) => t.id).sort());
});

await step('node-app-store-connect-api: included resources', async () => {
  const { data, included } = await small.readAll('betaGroups?include=app,betaTesters&limit=200');
  const app = data[0].relationships.app.data;
  assert.ok(included.apps[app.id].attributes.name, 'the app of a group did not come along');
});

await step('node-app-store-connect-api: invite, again, and cancel', async () => {
  const invitation = {
    type: 'userInvitations',
    attributes: { email: 'nia@example.com', firstName: 'Nia', lastName: 'Cole', roles: ['DEVELOPER'], allAppsVisible: false },
    relationships: { visibleApps: [{ type: 'apps', id: '6448000001' }] },
  };
  const made = await small.create(invitation);
  assert.equal(made.attributes.email, 'nia@example.com');
  await assert.rejects(small.create(invitation), /already exists/);
  await small.remove({ type: 'userInvitations', id: made.id });
  const { data } = await small.read('userInvitations?filter[email]=nia@example.com');
  assert.equal(data.length, 0);
});

// A client generated from Apple's own document:
// https://www.npmjs.com/package/@rage-against-the-pixel/app-store-connect-api
const { api } = new generated.AppStoreConnectClient({ issuerId: at.asc_issuer_id, privateKeyId: at.asc_key_id, privateKey });
const baseUrl = at.asc_api_url;
async function call(method, options = {}) {
  const { data, error, response } = await method({ baseUrl, ...options });
  return { data, error, status: response.status };
}

let group;
await step('the generated client: apps and their groups', async () => {
  const { data: apps } = await call(api.Apps.appsGetCollection, { query: { 'filter[name]': ['Halo'], limit: 10 } });
  const halo = apps.data.find((a) => a.attributes.name === 'Halo');
  const { data: groups } = await call(api.BetaGroups.betaGroupsGetCollection, { query: { 'filter[app]': [halo.id], 'filter[name]': ['Friends'] } });
  [group] = groups.data;
  assert.equal(group.attributes.isInternalGroup, false);
});

await step('the generated client: add a tester, twice, and take them out', async () => {
  const body = { data: { type: 'betaTesters', attributes: { email: 'kim@example.com' }, relationships: { betaGroups: { data: [{ type: 'betaGroups', id: group.id }] } } } };
  const made = await call(api.BetaTesters.betaTestersCreateInstance, { body });
  assert.equal(made.status, 201);
  const again = await call(api.BetaTesters.betaTestersCreateInstance, { body });
  assert.equal(again.status, 409);
  assert.equal(again.error.errors[0].detail, 'Tester(s) cannot be assigned');
  const id = made.data.data.id;
  const out = await call(api.BetaGroups.betaGroupsBetaTestersDeleteToManyRelationship, { path: { id: group.id }, body: { data: [{ type: 'betaTesters', id }] } });
  assert.equal(out.status, 204);
});

await step('the generated client: a tester of another app is refused', async () => {
  const { data: others } = await call(api.BetaTesters.betaTestersGetCollection, { query: { 'filter[apps]': ['6448000002'] } });
  const refused = await call(api.BetaGroups.betaGroupsBetaTestersCreateToManyRelationship, { path: { id: group.id }, body: { data: [{ type: 'betaTesters', id: others.data[0].id }] } });
  assert.equal(refused.status, 409);
  assert.equal(refused.error.errors[0].code, 'STATE_ERROR');
});

await step('the generated client: builds with what belongs to them', async () => {
  const { data } = await call(api.Builds.buildsGetCollection, {
    query: { 'filter[app]': ['6448000001'], include: ['preReleaseVersion', 'buildBetaDetail'], sort: ['-uploadedDate'], limit: 1, 'fields[builds]': ['version', 'preReleaseVersion', 'buildBetaDetail'] },
  });
  const [build] = data.data;
  assert.deepEqual(Object.keys(build.attributes), ['version']);
  assert.deepEqual(data.included.map((r) => r.type).sort(), ['buildBetaDetails', 'preReleaseVersions']);
  assert.ok(data.links.next, 'there is more than one build');
});

await step('the generated client: what Apple does not know is refused', async () => {
  const { status, error } = await call(api.Users.usersGetCollection, { query: { 'filter[emaill]': ['x'] } });
  assert.equal(status, 400);
  assert.equal(error.errors[0].source.parameter, 'filter[emaill]');
});

await step('the generated client: a day of sales', async () => {
  const day = new Date(Date.now() - 3 * 86400e3).toISOString().slice(0, 10);
  const { data, status } = await call(api.SalesReports.salesReportsGetCollection, {
    headers: { Accept: 'application/a-gzip' }, parseAs: 'arrayBuffer',
    query: { 'filter[vendorNumber]': [at.asc_vendor_number], 'filter[reportType]': ['SALES'], 'filter[reportSubType]': ['SUMMARY'], 'filter[frequency]': ['DAILY'], 'filter[reportDate]': [day] },
  });
  assert.equal(status, 200);
  const rows = gunzipSync(Buffer.from(data)).toString().replace(/\n$/, '').split('\n').map((r) => r.split('\t'));
  assert.ok(rows.length > 50 && rows.every((r) => r.length === rows[0].length), 'the table is not whole');
});

standIn.kill('SIGTERM');
await new Promise((done) => standIn.once('exit', done));
console.log(process.exitCode ? 'Some of it did not happen.' : `All ${steps} steps happened.`);
