// The made-up workspace, started as a program of its own, and the people in it: they act through the calls
// that the sandbox's page makes.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

// start runs "<binary> sandbox --no-bot --json" and reads the line it prints.
export async function start(binary) {
  const child = spawn(binary, ['sandbox', '--no-bot', '--json', '--addr', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  process.once('exit', () => child.kill()); // also when something here goes wrong
  const line = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${binary} ended with ${code} before it said where it is`)));
  });
  const handles = JSON.parse(line);
  const stop = () => new Promise((resolve) => {
    child.removeAllListeners('exit');
    child.once('exit', resolve);
    child.kill('SIGTERM');
  });
  return { handles, people: await people(handles.page_url), stop };
}

// people act in the workspace. The token that lets them stands in the page itself.
async function people(pageURL) {
  const origin = new URL(pageURL).origin;
  const html = await (await fetch(pageURL)).text();
  const token = html.match(/name="sandbox-token" content="([^"]+)"/)?.[1];
  if (!token) throw new Error('the page has no sandbox-token');

  async function act(path, body) {
    const answer = await fetch(`${origin}/sandbox/${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Origin: origin, 'X-Sandbox-Token': token },
      body: JSON.stringify(body),
    });
    const out = await answer.json();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${out.error}`);
    return out;
  }
  const look = async (user) => (await fetch(`${origin}/sandbox/state?as=${user}`, { headers: { 'X-Sandbox-Token': token } })).json();

  return {
    type: (user, channel, text) => act('command', { user, channel, text }),
    say: (user, channel, text) => act('say', { user, channel, text }),
    press: (x) => act('press', x),
    suggest: (x) => act('suggest', x),
    submit: (user, view, values) => act('submit', { user, view, values }),
    dismiss: (user, view) => act('dismiss', { user, view }),
    openHome: (user) => act('home', { user }),
    trouble: (id, on = true) => act('trouble', { id, on }),
    look,
    messages: async (user, channel) => (await look(user)).channels.find((c) => c.id === channel)?.messages ?? [],
    wire: async () => (await (await fetch(`${origin}/sandbox/wire`, { headers: { 'X-Sandbox-Token': token } })).json()).lines,
  };
}

// until asks again and again, because what people see arrives when it arrives.
export async function until(what, ask, seconds = 10) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = await ask();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited ${seconds} s in vain: ${what}`);
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
}

// A check is one thing that has to happen. All are tried, and each that does not happen is named.
const failed = [];
export async function check(what, happens) {
  const began = Date.now();
  try {
    await happens();
    console.log(`ok    ${what} (${Date.now() - began} ms)`);
  } catch (err) {
    failed.push(what);
    console.error(`FAIL  ${what}\n      ${err.message}`);
  }
}

export function same(what, got, want) {
  if (got !== want) throw new Error(`${what}: ${JSON.stringify(got)}, not ${JSON.stringify(want)}`);
}

export function holds(what, is) {
  if (!is) throw new Error(what);
}

// end says how it went.
export function end() {
  if (failed.length === 0) return 0;
  console.error(`${failed.length} things did not happen: ${failed.join('; ')}`);
  return 1;
}
