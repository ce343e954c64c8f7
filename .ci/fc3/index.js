// Stands in for the component fc3 of Serverless Devs, which is downloaded when
// it is first used. It is stricter: fc3 accepts properties and trigger
// configurations that it does not know.
'use strict';
const { spawnSync } = require('child_process');
const fs = require('fs');
const path = require('path');

// The limits of Function Compute 3.0 for what s.yaml sets. Rules of the bus
// invoke the functions that deliver, so the only trigger is a timer.
const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['region', 'functionName', 'description', 'runtime', 'handler', 'code', 'role', 'cpu', 'memorySize', 'timeout', 'internetAccess', 'vpcConfig', 'logConfig', 'environmentVariables', 'asyncInvokeConfig'],
  properties: {
    region: { type: 'string', pattern: '^[a-z]+-[a-z]+(-[0-9]+)?$' },
    functionName: { type: 'string', pattern: '^[A-Za-z_][A-Za-z0-9_-]{0,63}$' },
    description: { type: 'string', maxLength: 256 },
    runtime: { enum: ['go1'] },
    handler: { enum: ['bootstrap'] },
    code: { type: 'string', pattern: '^\\./build/(fc/)?[a-z]+$' },
    role: { type: 'string', pattern: '^acs:ram::[0-9]+:role/.+$' },
    cpu: { type: 'number', minimum: 0.05, maximum: 16 },
    memorySize: { type: 'integer', minimum: 128, maximum: 32768, multipleOf: 64 },
    timeout: { type: 'integer', minimum: 1, maximum: 86400 },
    internetAccess: { type: 'boolean' },
    vpcConfig: {
      type: 'object',
      additionalProperties: false,
      required: ['vpcId', 'vSwitchIds', 'securityGroupId'],
      properties: {
        vpcId: { type: 'string', pattern: '^(vpc-[a-z0-9]+)?$' },
        vSwitchIds: { type: 'array', items: { type: 'string', pattern: '^vsw-[a-z0-9]+$' } },
        securityGroupId: { type: 'string', pattern: '^(sg-[a-z0-9]+)?$' },
      },
    },
    logConfig: { enum: ['auto'] },
    environmentVariables: { type: 'object', additionalProperties: { type: 'string' } },
    asyncInvokeConfig: {
      type: 'object',
      additionalProperties: false,
      required: ['maxAsyncRetryAttempts', 'maxAsyncEventAgeInSeconds', 'destinationConfig'],
      properties: {
        maxAsyncRetryAttempts: { type: 'integer', minimum: 0, maximum: 8 },
        maxAsyncEventAgeInSeconds: { type: 'integer', minimum: 1, maximum: 2592000 },
        destinationConfig: {
          type: 'object',
          additionalProperties: false,
          required: ['onFailure'],
          properties: {
            onFailure: {
              type: 'object',
              additionalProperties: false,
              required: ['destination'],
              properties: { destination: { type: 'string', pattern: '^acs:(mns:[a-z0-9-]+:[0-9]+:/queues/[A-Za-z0-9-]+/messages|fc:[a-z0-9-]+:[0-9]+:functions/[A-Za-z_][A-Za-z0-9_-]{0,63})$' } },
            },
          },
        },
      },
    },
    triggers: {
      type: 'array',
      maxItems: 10,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['triggerName', 'triggerType', 'triggerConfig'],
        properties: {
          triggerName: { type: 'string', pattern: '^[A-Za-z_][A-Za-z0-9_-]{0,127}$' },
          triggerType: { enum: ['timer'] },
          triggerConfig: {
            type: 'object',
            additionalProperties: false,
            required: ['cronExpression', 'enable', 'payload'],
            properties: {
              cronExpression: { type: 'string', pattern: '^@every [1-9][0-9]*m$' },
              enable: { type: 'boolean' },
              payload: { type: 'string' },
            },
          },
        },
      },
    },
  },
};

// sizeOf is what counts against the 4 KB of a function's environment.
const sizeOf = (variables) => Object.entries(variables).reduce((sum, [name, value]) => sum + name.length + value.length, 0);

// findings says what a schema cannot: what is wrong between properties.
function findings(props) {
  const found = [];
  const ratio = props.memorySize / 1024 / props.cpu;
  if (ratio < 1 || ratio > 4) found.push(`${props.memorySize} MB for ${props.cpu} vCPU: between 1 and 4 GB for each is allowed`);
  if (Math.abs(props.cpu / 0.05 - Math.round(props.cpu / 0.05)) > 1e-9) found.push(`cpu is ${props.cpu}: steps of 0.05 are allowed`);
  // fc3 sends an empty network for a function that is in none.
  const { vpcId, vSwitchIds, securityGroupId } = props.vpcConfig;
  if (new Set([vpcId, securityGroupId, vSwitchIds.join()].map((value) => value === '')).size > 1) found.push('a network needs vpcId, vSwitchIds and securityGroupId');
  if (!props.internetAccess && vpcId === '') found.push('without a network and the internet nobody is reached');
  const variables = props.environmentVariables;
  for (const [name, value] of Object.entries(variables)) {
    if (/^FC_|^(accessKeyID|accessKeySecret|securityToken|topic)$/.test(name)) found.push(`the variable ${name} is reserved`);
    if (!/^[\x20-\x7e]*$/.test(value)) found.push(`the variable ${name} is not printable ASCII`);
  }
  if (sizeOf(variables) > 4096) found.push(`the environment has ${sizeOf(variables)} bytes, more than 4096`);
  return found;
}

// architecture is that of the executable in a folder: 62 is x86_64 in ELF, the
// only one that go1 runs on.
function architecture(folder) {
  const header = Buffer.alloc(20);
  const file = fs.openSync(path.join(folder, 'bootstrap'));
  fs.readSync(file, header, 0, 20, 0);
  fs.closeSync(file);
  return header.readUInt16LE(18);
}

// pages is the folder of the account in which the pages are walked; there is none
// where s.yaml alone is checked. Its roles are those that the page has made.
const pages = process.env.PAGES_TMP;
const account = '1234567890123456';
const roles = () => (pages ? fs.readFileSync(path.join(pages, 'roles'), 'utf8').split('\n').map((name) => `acs:ram::${account}:role/${name}`) : process.env.ROLES.split(' '));

class FunctionCompute {
  async getSchema() {
    return JSON.stringify(schema);
  }

  async deploy({ props }) {
    const found = findings(props);
    if (architecture(props.code) !== 62) found.push(`${props.code}/bootstrap is not for x86_64: make build`);
    // Function Compute takes on a role, which has to be there.
    if (!roles().includes(props.role)) found.push(`there is no role ${props.role}`);
    if (found.length > 0) throw new Error(`${props.functionName}: ${found.join('; ')}`);
    if (pages) {
      const code = path.join(pages, 'code', props.functionName);
      fs.cpSync(props.code, code, { recursive: true, force: true });
      fs.writeFileSync(path.join(pages, 'functions', props.functionName), JSON.stringify({ ...props, code }));
    }
    fs.appendFileSync(process.env.DEPLOYED, `deploy ${props.functionName}\n`);
    return { functionName: props.functionName };
  }

  // invoke takes the two forms that the pages have.
  async invoke({ props, args }) {
    const { event, 'event-file': file } = Object.fromEntries([[args[0].replace(/^--/, ''), args[1]]]);
    const answer = await fetch(`${process.env.ALIYUN_ADDRESS}/invoke/${props.functionName}`, { method: 'POST', body: event ?? fs.readFileSync(file) });
    if (!answer.ok) throw new Error(await answer.text());
    return answer.text();
  }

  // The component runs the function in a container, which is not done here. How
  // it reads its arguments and hands over the event is as in its source: every
  // character becomes one byte.
  async local({ props, args: [command, flag, file] }) {
    if (command !== 'invoke' || flag !== '-f') throw new Error(`s local ${command} ${flag} is not known here`);
    const event = Buffer.from(JSON.stringify(JSON.parse(fs.readFileSync(file, 'utf8'))), 'binary');
    const { stdout } = spawnSync(path.join(props.code, 'bootstrap'), { input: event, encoding: 'utf8', env: props.environmentVariables });
    fs.appendFileSync(process.env.DEPLOYED, stdout);
  }

  async remove({ props }) {
    if (pages) fs.rmSync(path.join(pages, 'functions', props.functionName));
    fs.appendFileSync(process.env.DEPLOYED, `remove ${props.functionName}\n`);
  }
}

module.exports = FunctionCompute;
module.exports.default = FunctionCompute;
Object.assign(module.exports, { findings, sizeOf });
