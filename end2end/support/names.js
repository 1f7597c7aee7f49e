// A name server of a story's own: it answers from records that the story may change meanwhile.
import dgram from 'node:dgram';

const KINDS = { 1: 'A', 15: 'MX', 16: 'TXT', 28: 'AAAA' };

/**
 * Starts it. `records` maps names to `{ TXT: [text], MX: [[preference, host]], A: [address] }`; other names do not exist. A name in
 * `broken` gets SERVFAIL.
 */
export async function nameServer(records, broken = new Set()) {
  const socket = dgram.createSocket('udp4');
  socket.on('message', (question, from) => socket.send(answer(question, records, broken), from.port, from.address));
  await new Promise((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return { address: `127.0.0.1:${socket.address().port}`, close: () => socket.close() };
}

function answer(question, records, broken) {
  const labels = [];
  let at = 12;
  while (question[at] > 0) {
    labels.push(question.toString('latin1', at + 1, at + 1 + question[at]).toLowerCase());
    at += 1 + question[at];
  }
  const [name, kind, end] = [labels.join('.'), question.readUInt16BE(at + 1), at + 5];
  const found = (records[name]?.[KINDS[kind]] ?? []).map((record) => data(KINDS[kind], record));
  const exists = Object.keys(records).some((known) => known === name || known.endsWith(`.${name}`));
  const code = broken.has(name) ? 2 : exists ? 0 : 3;
  const head = Buffer.from([question[0], question[1], 0x81, 0x80 | code, 0, 1, 0, code === 0 ? found.length : 0, 0, 0, 0, 0]);
  const lines = code === 0 ? found.map((bytes) => Buffer.concat([Buffer.from([0xc0, 12, 0, kind, 0, 1, 0, 0, 0, 0, 0, bytes.length]), bytes])) : [];
  return Buffer.concat([head, question.subarray(12, end), ...lines]);
}

function data(kind, record) {
  const counted = (text) => Buffer.concat([Buffer.from([Buffer.byteLength(text)]), Buffer.from(text)]);
  if (kind === 'TXT') return counted(record);
  if (kind === 'A') return Buffer.from(record.split('.').map(Number));
  const [preference, host] = record;
  const labels = host.split('.').filter(Boolean).map(counted);
  return Buffer.concat([Buffer.from([0, preference]), ...labels, Buffer.from([0])]);
}
