// Renders, verifies and deploys s.yaml with the real Serverless Devs and a
// component of ours in place of fc3: .ci/s_check.mjs <path of s>
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';

const { findings, sizeOf } = createRequire(import.meta.url)('./fc3/index.js');
const root = process.cwd();
const s = path.resolve(process.argv[2]);
const text = fs.readFileSync('s.yaml', 'utf8');
const functions = fs.readdirSync('build').filter((name) => fs.existsSync(`build/${name}/bootstrap`)).sort();

// A folder of its own, with the executables and a program that only notes how
// it was called. Serverless Devs keeps its files in the home folder.
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 's-check-'));
process.on('exit', cleanUp);
fs.mkdirSync(path.join(folder, 'build'));
for (const name of [...functions, 'fc']) fs.symlinkSync(path.join(root, 'build', name), path.join(folder, 'build', name));
fs.mkdirSync(path.join(folder, '.s'));
fs.writeFileSync(path.join(folder, '.s/set-config.yml'), 'analysis: disable\n'); // it reports nothing to its makers
const log = path.join(folder, 'log');
fs.writeFileSync(path.join(folder, 'build/pai-notify'), `#!/bin/sh\necho "$@" >> ${log}\ncase $1 in secrets) exit $CHECK ;; plan) exit $PLAN ;; *) exit $APPLY ;; esac\n`, { mode: 0o755 });

// What users set. The roles are those of the account that the stand-in knows.
const account = '1234567890123456';
const settings = {
  FC_REGION: 'cn-hangzhou',
  PAI_NOTIFY_ACCOUNT: account,
  PAI_NOTIFY_DEAD_LETTER: `acs:mns:cn-hangzhou:${account}:/queues/pai-notify-undelivered`,
  PAI_NOTIFY_ALLOW: '10.1.0.0/16,robots.example.com:8443',
};
const roles = functions.map((name) => `acs:ram::${account}:role/pai-notify-${name}`);

function run(file, arguments_, environment = {}) {
  fs.writeFileSync(path.join(folder, 's.yaml'), file);
  fs.rmSync(log, { force: true });
  const done = spawnSync(process.execPath, [s, ...arguments_], {
    cwd: folder, encoding: 'utf8', timeout: 60000,
    env: { PATH: process.env.PATH, HOME: folder, FC3_COMPONENT: path.join(root, '.ci/fc3'), DEPLOYED: log, ROLES: roles.join(' '), CHECK: '0', PLAN: '0', APPLY: '0', ...settings, ...environment },
  });
  const notes = fs.existsSync(log) ? fs.readFileSync(log, 'utf8').trim().split('\n') : [];
  return { code: done.status, out: done.stdout + done.stderr, stdout: done.stdout, notes };
}

// Serverless Devs leaves children behind that still write into its folder.
function cleanUp() {
  for (let tries = 1; ; tries++) {
    try {
      return fs.rmSync(folder, { recursive: true, force: true });
    } catch (error) {
      if (tries === 50) return console.error(`s_check: ${folder} is left behind: ${error.message}`);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    }
  }
}

function changed(from, to) {
  assert.ok(text.includes(from), `s.yaml has no ${from}`);
  return text.replace(from, to);
}

// It renders, and every function fits its environment.
const preview = run(text, ['preview', '-o', 'json']);
assert.equal(preview.code, 0, preview.out);
const { resources } = JSON.parse(preview.stdout.slice(preview.stdout.indexOf('\n{') + 1)); // a line of warning may come first
assert.deepEqual(Object.keys(resources).sort(), functions, 's.yaml and build differ: make build');
let largest = 0;
for (const [name, { props }] of Object.entries(resources)) {
  assert.deepEqual(findings(props), [], props.functionName);
  largest = Math.max(largest, sizeOf(props.environmentVariables));
  // A role of its own, and secrets that are read and not handed over.
  assert.equal(props.role, `acs:ram::${account}:role/pai-notify-${name === 'redeliver' ? 'dingtalk' : name}`);
  assert.equal(props.environmentVariables.PAI_NOTIFY_SECRETS?.trim(), name === 'redeliver' ? undefined : 'kms:pai-notify#*', name);
  const others = Object.keys(props.environmentVariables).filter((variable) => !variable.startsWith('PAI_NOTIFY_') && variable !== 'SSL_CERT_DIR');
  assert.deepEqual(others, [], `${name}: everybody who may read a function reads its variables`);
  // Neither a network nor a certificate authority, unless they are asked for.
  assert.deepEqual([props.internetAccess, props.vpcConfig, props.environmentVariables.SSL_CERT_DIR], [true, { vpcId: '', vSwitchIds: [], securityGroupId: '' }, ''], name);
  // Without a ledger what failed stays in the queue, and nothing is taken up.
  assert.equal(props.asyncInvokeConfig.destinationConfig.onFailure.destination, `${settings.PAI_NOTIFY_DEAD_LETTER}/messages`, name);
  assert.equal(props.environmentVariables.PAI_NOTIFY_LEDGER ?? '', '', name);
  assert.deepEqual((props.triggers ?? []).map((t) => [name, t.triggerConfig.enable]), name === 'redeliver' ? [['redeliver', false]] : [], name);
}

// With a ledger, everything that delivers records in it, and redeliver takes up what
// failed, each minute what waits, and leaves to the queue what it cannot take.
const recorded = { PAI_NOTIFY_LEDGER: 'tablestore:https://pai-notify.cn-hangzhou.vpc.tablestore.aliyuncs.com/pai_notify', PAI_NOTIFY_SERVED_BUS: 'pai-system-llm_lab' };
const ledger = run(text, ['preview', '-o', 'json'], recorded);
assert.equal(ledger.code, 0, ledger.out);
for (const [name, { props }] of Object.entries(JSON.parse(ledger.stdout.slice(ledger.stdout.indexOf('\n{') + 1)).resources)) {
  assert.deepEqual(findings(props), [], props.functionName);
  largest = Math.max(largest, sizeOf(props.environmentVariables));
  const { PAI_NOTIFY_LEDGER, PAI_NOTIFY_SERVED_BUS } = props.environmentVariables;
  assert.deepEqual(name === 'provision' ? recorded : { PAI_NOTIFY_LEDGER, PAI_NOTIFY_SERVED_BUS }, recorded, name);
  assert.equal(props.role, `acs:ram::${account}:role/pai-notify-${name}`);
  const { destination } = props.asyncInvokeConfig.destinationConfig.onFailure;
  if (name === 'provision' || name === 'redeliver') assert.equal(destination, `${settings.PAI_NOTIFY_DEAD_LETTER}/messages`, name);
  else assert.equal(destination, `acs:fc:cn-hangzhou:${account}:functions/${resources.redeliver.props.functionName}`, name);
  assert.deepEqual((props.triggers ?? []).map((t) => [t.triggerType, t.triggerConfig]), name === 'redeliver' ? [['timer', { cronExpression: '@every 1m', enable: true, payload: '' }]] : [], name);
}
assert.equal(run(text, ['verify'], recorded).code, 0);
const busless = run(text, ['deploy', '-y'], { PAI_NOTIFY_LEDGER: recorded.PAI_NOTIFY_LEDGER });
assert.ok(busless.code !== 0 && busless.out.includes('PAI_NOTIFY_SERVED_BUS'), busless.out);
assert.deepEqual(busless.notes, [], 'something was deployed that does not know its bus');
const inside = { PAI_NOTIFY_VPC_ID: 'vpc-1a', PAI_NOTIFY_VSWITCH_IDS: '["vsw-1a", "vsw-2b"]', PAI_NOTIFY_SECURITY_GROUP_ID: 'sg-1a', PAI_NOTIFY_INTERNET_ACCESS: 'false', PAI_NOTIFY_CA_DIRS: '/etc/ssl/certs:/code/ca' };
const within = run(text, ['preview', '-o', 'json'], inside);
assert.equal(within.code, 0, within.out);
for (const { props } of Object.values(JSON.parse(within.stdout.slice(within.stdout.indexOf('\n{') + 1)).resources)) {
  assert.deepEqual(findings(props), [], props.functionName);
  assert.deepEqual(props.vpcConfig, { vpcId: 'vpc-1a', vSwitchIds: ['vsw-1a', 'vsw-2b'], securityGroupId: 'sg-1a' });
  assert.equal(props.internetAccess, false);
  assert.equal(props.environmentVariables.SSL_CERT_DIR, '/etc/ssl/certs:/code/ca');
}
assert.notEqual(run(text, ['verify'], { ...inside, PAI_NOTIFY_VSWITCH_IDS: 'vsw-1a' }).code, 0, 'a switch that is no list');

// One setting has the secrets in the packages instead, and they are checked there.
const inPackages = { PAI_NOTIFY_SECRET_STORE: 'file', PAI_NOTIFY_SECRET_NAME: 'secrets.json' };
const packed = run(text, ['preview', '-o', 'json'], inPackages);
assert.equal(packed.code, 0, packed.out);
for (const { props } of Object.values(JSON.parse(packed.stdout.slice(packed.stdout.indexOf('\n{') + 1)).resources)) {
  if (props.functionName !== 'pai-notify-redeliver') assert.equal(props.environmentVariables.PAI_NOTIFY_SECRETS.trim(), 'file:secrets.json#*', props.functionName);
}
const unfilled = run(text, ['deploy', '-y'], { ...inPackages, CHECK: '1' });
assert.notEqual(unfilled.code, 0, 'a package lacks a secret and nothing stops');
assert.deepEqual(unfilled.notes, ['secrets check -w workspace.yaml --bus aliyun --region cn-hangzhou --name secrets.json --store file'], 'something was deployed without its secret');

// What a deployment cannot do without is demanded: an empty region would make a
// second installation elsewhere.
for (const name of ['FC_REGION', 'PAI_NOTIFY_ACCOUNT', 'PAI_NOTIFY_DEAD_LETTER']) {
  for (const value of [undefined, '']) {
    const without = run(text, ['deploy', '-y'], { [name]: value });
    assert.notEqual(without.code, 0, `${name} is missing and nothing stops`);
    assert.ok(without.out.includes(name), without.out);
    assert.deepEqual(without.notes, [], 'something was deployed');
  }
}

// It verifies, and would not with a mistake in it.
const verify = run(text, ['verify']);
assert.equal(verify.code, 0, verify.out);
for (const [from, to, word] of [
  ['runtime: go1', 'runtime: custom.debian12', 'runtime'],
  ['timeout: 30', 'timeout: "30"', 'timeout'],
  ['timeout: 30', 'timeOut: 30', 'additional'],
  ['memorySize: 128', 'memorySize: 100', 'memorySize'],
  ['onFailure:', 'onFailed:', 'destinationConfig'],
  ['role: ${vars.roles}dingtalk', 'triggers: [{triggerName: bus, triggerType: eventbridge, triggerConfig: {}}]', 'triggerType'],
  ["'@every 1m'", "'@every 1s'", 'cronExpression'],
]) {
  const mistaken = run(changed(from, to), ['verify']);
  assert.ok(mistaken.code !== 0 && mistaken.out.includes(word), `${to} is not noticed:\n${mistaken.out}`);
}
assert.notEqual(run(text, ['verify'], { PAI_NOTIFY_DEAD_LETTER: 'acs:mns:cn-hangzhou:1:/topics/t' }).code, 0, 'what is not delivered may go to a topic, which keeps nothing');
const { props } = resources.dingtalk;
for (const [change, word] of [
  [{ memorySize: 256 }, '256 MB'],
  [{ internetAccess: false }, 'nobody is reached'],
  [{ vpcConfig: { vpcId: 'vpc-1', vSwitchIds: [], securityGroupId: 'sg-1' } }, 'a network needs'],
  [{ cpu: 0.07 }, 'steps'],
  [{ environmentVariables: { FC_REGION: 'x' } }, 'reserved'],
  [{ environmentVariables: { PAI_NOTIFY_WORKSPACE: '张伟' } }, 'ASCII'],
  [{ environmentVariables: { PAI_NOTIFY_WORKSPACE: 'x'.repeat(4096) } }, 'more than 4096'],
]) {
  assert.match(findings({ ...props, ...change }).join(), new RegExp(word));
}

// The secrets are checked and the rules planned before the first function, and
// applied after the last. A failure of any fails the deployment, and the rules go with
// provision alone.
const names = Object.values(resources).map((r) => r.props.functionName);
const check = 'secrets check -w workspace.yaml --bus aliyun --region cn-hangzhou --name pai-notify --store kms';
const bus = `-w workspace.yaml --bus aliyun --region cn-hangzhou --functions pai-notify- --dead-letter ${settings.PAI_NOTIFY_DEAD_LETTER}`;
const deploy = run(text, ['deploy', '-y']);
assert.equal(deploy.code, 0, deploy.out);
assert.deepEqual(deploy.notes.slice(0, 2), [check, `plan ${bus}`]);
assert.deepEqual(deploy.notes.slice(2, -1).sort(), names.map((name) => `deploy ${name}`).sort());
assert.equal(deploy.notes.at(-1), `apply ${bus} --yes`);
const alarmed = run(text, ['deploy', '-y'], { PAI_NOTIFY_ALARMS: 'pai-notify-ops' });
assert.equal(alarmed.code, 0, alarmed.out);
assert.deepEqual([alarmed.notes[1], alarmed.notes.at(-1)], [`plan ${bus} --alarms pai-notify-ops`, `apply ${bus} --alarms pai-notify-ops --yes`]);
const before = run(text, ['deploy', '-y'], { ROLES: roles.filter((role) => !role.endsWith('-redeliver')).join(' ') });
assert.equal(before.code, 0, `the roles of v0.1 do not do without a ledger: ${before.out}`);
const unready = run(text, ['deploy', '-y'], { CHECK: '1' });
assert.notEqual(unready.code, 0, 'a secret is missing and nothing stops');
assert.deepEqual(unready.notes, [check], 'something was deployed without its secret');
const wrong = run(text, ['deploy', '-y'], { PLAN: '2' });
assert.notEqual(wrong.code, 0, 'the rules cannot be planned and nothing stops');
assert.deepEqual(wrong.notes, [check, `plan ${bus}`], 'something was deployed whose rules cannot be planned');
const roleless = run(text, ['deploy', '-y'], { ROLES: roles.filter((role) => !role.endsWith('-voice')).join(' ') });
assert.notEqual(roleless.code, 0, 'a role is missing and nothing stops');
assert.ok(!roleless.notes.some((note) => note.startsWith('apply')), 'the rules lead to a function that is not there');
assert.notEqual(run(text, ['deploy', '-y'], { APPLY: '1' }).code, 0, 'rules that could not be applied go unnoticed');
const remove = run(text, ['remove', '-y']);
assert.equal(remove.code, 0, remove.out);
const rulesGo = 'delete -w workspace.yaml --bus aliyun --region cn-hangzhou --yes';
assert.equal(remove.notes.filter((note) => note === rulesGo).length, 1, remove.notes.join('\n'));
assert.equal(remove.notes.length, 1 + names.length);
const one = run(text, ['voice', 'remove', '-y']);
assert.equal(one.code, 0, one.out);
assert.deepEqual(one.notes, ['remove pai-notify-voice'], 'the rules of all types go with one function');

// A function is invoked locally by the file of an event, whose characters other
// than ASCII do not arrive.
const locally = (file) => run(text, ['dingtalk', 'local', 'invoke', '-f', path.join(root, 'events', file)]).notes.at(-1);
assert.equal(JSON.parse(locally('invoke/dingtalk.json')).event_type, 'dlc.job-failed');
assert.match(locally('invoke/dlc-job-failed.json'), /workspace\.yaml > build\/dingtalk\/workspace\.json/);
assert.match(locally('dlc-job-failed.json'), /not JSON/);

console.log(`s.yaml: ${names.length} functions, the largest environment of ${largest} bytes`);
