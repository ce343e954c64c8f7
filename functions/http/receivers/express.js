// Receives model events and verifies their signature:
//   npm install express && WEBHOOK_SECRET=whsec_... PORT=8080 node express.js
const { createHmac, timingSafeEqual } = require('node:crypto');
const express = require('express');

const key = Buffer.from(process.env.WEBHOOK_SECRET.replace(/^whsec_/, ''), 'base64');
const seen = new Set(); // a store that outlives the program, in earnest

function verified(headers, raw) {
  const id = headers['webhook-id'], at = headers['webhook-timestamp'];
  if (!id || !raw || !(Math.abs(Date.now() / 1000 - at) <= 300)) return false;
  const want = createHmac('sha256', key).update(`${id}.${at}.`).update(raw).digest();
  return (headers['webhook-signature'] ?? '').split(' ').some((signature) => {
    const [version, value = ''] = signature.split(',');
    const got = Buffer.from(value, 'base64');
    return version === 'v1' && got.length === want.length && timingSafeEqual(got, want);
  });
}

const app = express();
app.use(express.json({
  limit: '1mb',
  type: ['application/cloudevents+json', 'application/json'], // the first is not read otherwise
  verify: (req, res, raw) => { req.raw = raw; }, // the signature is over the bytes as they came
}));
app.post('/', (req, res) => {
  if (!verified(req.headers, req.raw)) return res.sendStatus(401);
  let event = req.body;
  if (!req.is('application/cloudevents+json')) {
    // Binary mode: the body is the data. The headers are not signed.
    event = { type: decodeURIComponent(req.get('ce-type') ?? ''), data: req.body };
  }
  if (!seen.has(req.get('webhook-id'))) { // else sent again: an answer got lost
    console.log(event.type, event.data.ModelName, event.data.VersionName);
    seen.add(req.get('webhook-id'));
  }
  res.sendStatus(204);
});
const server = app.listen(process.env.PORT, () => console.log('listening on', server.address().port));
