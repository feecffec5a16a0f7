// Signing on with an identity provider: the npm package oidc-provider, on loopback.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { join } from 'node:path';
import Provider from 'oidc-provider';
import { Browser, freePort, newFolder, serve } from './office.mjs';

const office = newFolder();
const secret = 'a secret that only these two know';
const keys = { RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }), ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }) };
let server, provider, listener, issuer, algorithm = 'RS256', staffPassword;

function newProvider() {
  return new Provider(issuer, {
    clients: [{ client_id: 'rireki', client_secret: secret, redirect_uris: [`${server.url}/api/session/oidc/callback`], id_token_signed_response_alg: algorithm }],
    jwks: { keys: Object.entries(keys).map(([alg, pair]) => ({ ...pair.privateKey.export({ format: 'jwk' }), kid: alg, alg, use: 'sig' })) },
    cookies: { keys: ['for this test'] },
    features: { devInteractions: { enabled: true } },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  });
}

// The provider's own pages: its name and password, then its question whether we may know.
async function atTheProvider(browser, location, login) {
  let answer = await browser.get(location);
  for (let steps = 0; steps < 12; ++steps) {
    if (answer.location?.startsWith(server.url)) return answer.location;
    if (answer.location) { answer = await browser.get(answer.location); continue; }
    assert.equal(answer.status, 200, answer.text);
    const action = new URL(/action="([^"]+)"/.exec(answer.text)[1], issuer).href;
    const prompt = /name="prompt" value="([^"]+)"/.exec(answer.text)[1];
    answer = await browser.post(action, { form: prompt === 'login' ? { prompt, login, password: 'any' } : { prompt } });
  }
  throw new Error('the provider never came back');
}
const begin = (browser, purpose) => browser.post(`${server.url}/api/session/oidc`, { json: purpose ? { purpose } : {} });
async function signOn(browser, login, purpose) {
  const begun = await begin(browser, purpose);
  assert.equal(begun.status, 200, begun.text);
  return browser.get(await atTheProvider(browser, begun.json().location, login));
}
const session = (browser) => browser.get(`${server.url}/api/session`);
const kind = (answer) => answer.json().type.replace('/problems/', '');

before(async () => {
  staffPassword = office.password('suzuki', '--role', 'staff');
  office.run('user', 'add', 'sato', '--role', 'staff', '--no-password');
  // The provider must know our port and we must know its issuer: it listens first and is made when we have ours.
  listener = http.createServer((request, response) => provider.callback()(request, response));
  await new Promise((resolve) => listener.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${listener.address().port}`;
  writeFileSync(join(office.folder, 'secret'), secret + '\n');
  await serveWith({});
});
after(async () => {
  await server?.stop();
  listener?.close();
  listener?.closeAllConnections();
  office.remove();
});

// On one port for the whole test: the provider knows where to send back to.
let port;
async function serveWith(settings) {
  await server?.stop();
  port ??= await freePort();
  writeFileSync(join(office.folder, 'oidc.json'), JSON.stringify({ issuer, client_id: 'rireki', client_secret_file: 'secret', redirect_uri: `http://127.0.0.1:${port}/api/session/oidc/callback`, ...settings }));
  server = await serve(office.data, '--oidc', join(office.folder, 'oidc.json'), '--port', String(port));
  provider = newProvider();
}

test('the sign-in page learns that there is a provider', async () => {
  assert.deepEqual((await new Browser().get(`${server.url}/api/sign-in-ways`)).json(), { password: true, oidc: true, proxy: false });
});

test('somebody whom no account is tied to gets nothing', async () => {
  const browser = new Browser();
  const back = await signOn(browser, 'stranger');
  assert.equal(back.status, 401);
  assert.equal(kind(back), 'sign-on-failed');
  assert.equal((await session(browser)).status, 401);
});

test('an identity is tied by its owner, signed in and fresh, and then signs on', async () => {
  const browser = new Browser();
  assert.equal((await browser.post(`${server.url}/api/session`, { json: { login: 'suzuki', password: staffPassword } })).status, 200);
  const linked = await signOn(browser, 'idp-suzuki', 'link');
  assert.equal(linked.status, 303, linked.text);
  assert.equal(linked.location, `${server.url}/`);

  const another = new Browser();
  const back = await signOn(another, 'idp-suzuki');
  assert.equal(back.status, 303, back.text);
  const who = (await session(another)).json();
  assert.equal(who.account.login, 'suzuki');
  assert.equal(who.method, 'oidc');
  assert.equal(who.stepped_up, true);
  assert.equal((await another.get(`${server.url}/api/session/oidc/callback?code=x&state=y`)).status, 401, 'an answer counts once');
});

test('the operator ties one on the command line', async () => {
  await server.stop();
  office.run('user', 'link', 'sato', '--issuer', issuer, '--subject', 'idp-sato');
  await serveWith({});
  const browser = new Browser();
  assert.equal((await signOn(browser, 'idp-sato')).status, 303);
  assert.equal((await session(browser)).json().account.login, 'sato');
});

test('a step up asks the provider again, and takes nobody else', async () => {
  const browser = new Browser();
  await signOn(browser, 'idp-sato');
  const before = (await session(browser)).json();
  const same = await signOn(browser, 'idp-sato', 'step-up');
  assert.equal(same.status, 303, same.text);
  const now = (await session(browser)).json();
  assert.equal(now.session, before.session, 'the same session');
  assert.notEqual(now.csrf, before.csrf, 'under a new token');
  for (const name of [...browser.jar.get('127.0.0.1').keys()]) if (name.startsWith('_session')) browser.jar.get('127.0.0.1').delete(name); // signed out at the provider
  const other = await signOn(browser, 'idp-suzuki', 'step-up');
  assert.equal(kind(other), 'sign-on-failed');
  assert.equal((await session(browser)).json().account.login, 'sato');
});

test('steps up and ties only for who is signed in, and not from another site', async () => {
  for (const purpose of ['step-up', 'link']) assert.equal((await begin(new Browser(), purpose)).status, 401);
  assert.equal((await new Browser().post(`${server.url}/api/session/oidc`, { json: {}, headers: { 'sec-fetch-site': 'cross-site' } })).status, 403);
  assert.equal((await new Browser().post(`${server.url}/api/session/oidc`, { json: { purpose: 'king' } })).status, 400);
});

test('an answer belongs to the browser that left, to its state and to one provider', async () => {
  const victim = new Browser(), attacker = new Browser();
  const begun = (await begin(attacker)).json();
  const back = await atTheProvider(attacker, begun.location, 'idp-sato');
  assert.equal(kind(await victim.get(back)), 'sign-on-failed', 'another browser');
  await begin(victim);
  assert.equal(kind(await victim.get(back)), 'sign-on-failed', 'a browser that left for another sign-on');
  const fresh = async (change) => {
    const browser = new Browser();
    const url = new URL(await atTheProvider(browser, (await begin(browser)).json().location, 'idp-sato'));
    change(url.searchParams);
    return browser.get(url.href);
  };
  assert.equal((await fresh(() => {})).status, 303);
  assert.equal(kind(await fresh((p) => p.set('state', 'x'))), 'sign-on-failed');
  assert.equal(kind(await fresh((p) => p.set('iss', 'https://evil.example'))), 'sign-on-failed');
  assert.equal(kind(await fresh((p) => p.delete('iss'))), 'sign-on-failed', 'the provider says that it names itself');
  assert.equal(kind(await fresh((p) => p.set('code', 'guessed'))), 'sign-on-failed');
  assert.equal(kind(await fresh((p) => p.delete('code'))), 'sign-on-failed');
  assert.equal((await fresh((p) => p.append('code', 'twice'))).status, 400);
});

test('a code for one sign-on is no code for another (PKCE)', async () => {
  const one = new Browser(), two = new Browser();
  const first = new URL(await atTheProvider(one, (await begin(one)).json().location, 'idp-sato'));
  const second = new URL(await atTheProvider(two, (await begin(two)).json().location, 'idp-suzuki'));
  second.searchParams.set('code', first.searchParams.get('code'));
  assert.equal(kind(await two.get(second.href)), 'sign-on-failed');
});

test('a token signed with another algorithm than the one configured signs nobody on', async () => {
  algorithm = 'ES256';
  provider = newProvider();
  const browser = new Browser();
  assert.equal(kind(await signOn(browser, 'idp-sato')), 'sign-on-failed');
  await serveWith({ algorithm: 'ES256' });
  assert.equal((await signOn(browser, 'idp-sato')).status, 303, 'configured so, it does');
  algorithm = 'RS256';
  await serveWith({});
});

test('a provider that cannot be reached, or calls itself otherwise, is said to be unavailable', async () => {
  await serveWith({ issuer: 'http://127.0.0.1:1' });
  const answer = await begin(new Browser());
  assert.equal(answer.status, 503);
  assert.equal(kind(answer), 'sign-on-unavailable');
  await serveWith({ issuer: issuer.replace('127.0.0.1', 'localhost') });
  assert.equal((await begin(new Browser())).status, 503);
  await serveWith({});
});

test('what failed is in the operator’s log, without codes and tokens', async () => {
  const browser = new Browser();
  const url = new URL(await atTheProvider(browser, (await begin(browser)).json().location, 'idp-sato'));
  url.searchParams.set('state', 'x');
  await browser.get(url.href);
  assert.match(server.log(), /sign-on failed: the answer is to another sign-on/);
  assert.ok(!server.log().includes(url.searchParams.get('code')));
  assert.ok(!server.log().includes('idp-sato'));
});
