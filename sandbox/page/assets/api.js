// Talking to the sandbox: questions, deeds, and the stream of what happens.

const token = document.querySelector('meta[name=sandbox-token]').content;

async function read(response) {
  const body = await response.json().catch(() => ({ error: 'The sandbox did not answer in a way this page understands.' }));
  if (!response.ok) throw new Error(body.error || 'The sandbox answered ' + response.status + '.');
  return body;
}

// ask reads something: ask('state', {as: 'U0ANA'}).
export async function ask(what, query) {
  const words = new URLSearchParams(query || {}).toString();
  return read(await fetch('/sandbox/' + what + (words ? '?' + words : '')));
}

// act does something: act('say', {user, channel, text}).
export async function act(what, body) {
  let response;
  try {
    response = await fetch('/sandbox/' + what, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Sandbox-Token': token },
      body: JSON.stringify(body),
    });
  } catch {
    throw new Error('The sandbox does not answer. Is the program still running?');
  }
  return read(response);
}

// listen calls on with every event after the cursor, and lost with true when
// the stream broke and false when it is back.
export function listen(cursor, on, lost) {
  const stream = new EventSource('/sandbox/events?from=' + encodeURIComponent(cursor));
  stream.onmessage = (e) => { lost(false); on(JSON.parse(e.data)); };
  stream.onopen = () => lost(false);
  stream.onerror = () => {
    lost(true);
    if (stream.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 3000);
  };
}
