// Checks an entry in the reader's own browser: that the bytes are those the log has signed for, by the public formats
// (RFC 6962, C2SP tlog-proof, signed-note and tlog-cosignature, RFC 9901). No library, and nothing is sent anywhere.

const text = new TextEncoder();
const bytesOf = (string) => text.encode(string);
const fail = (code) => { throw new Error(code); };

// --- small parts ---

const join = (...parts) => {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) { joined.set(part, at); at += part.length; }
  return joined;
};
const equal = (one, other) => one.length === other.length && one.every((byte, at) => byte === other[at]);
const encode = (bytes) => btoa(String.fromCharCode(...bytes));
const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

function decode(base64) {
  let bytes;
  try { bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)); } catch { fail("damaged"); }
  if (!base64 || encode(bytes) !== base64) fail("damaged");
  return bytes;
}

const hash = async (name, bytes) => new Uint8Array(await crypto.subtle.digest(name, bytes));
const sha256 = (bytes) => hash("SHA-256", bytes);

// --- Ed25519 (RFC 8032), for browsers that do not have it: slower, and of the same outcome ---

const P = 2n ** 255n - 19n;
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const mod = (number) => { const rest = number % P; return rest < 0n ? rest + P : rest; };
const little = (bytes) => bytes.reduceRight((number, byte) => (number << 8n) | BigInt(byte), 0n);

function power(base, exponent) {
  let result = 1n;
  for (base = mod(base); exponent; exponent >>= 1n, base = mod(base * base)) if (exponent & 1n) result = mod(result * base);
  return result;
}

const D = mod(-121665n * power(121666n, P - 2n));

function add([x1, y1, z1, t1], [x2, y2, z2, t2]) {
  const a = mod((y1 - x1) * (y2 - x2)), b = mod((y1 + x1) * (y2 + x2));
  const c = mod(2n * t1 * t2 * D), d = mod(2n * z1 * z2);
  const e = b - a, f = d - c, g = d + c, h = b + a;
  return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
}

function multiply(number, point) {
  let result = [0n, 1n, 1n, 0n];
  for (; number; number >>= 1n, point = add(point, point)) if (number & 1n) result = add(result, point);
  return result;
}

function decompress(bytes) {
  const sign = BigInt(bytes[31] >> 7), y = little(bytes) & ((1n << 255n) - 1n);
  if (y >= P) return null;
  const square = mod((y * y - 1n) * power(D * y * y + 1n, P - 2n));
  let x = power(square, (P + 3n) / 8n);
  if (mod(x * x - square)) x = mod(x * power(2n, (P - 1n) / 4n));
  if (mod(x * x - square) || (x === 0n && sign)) return null;
  if ((x & 1n) !== sign) x = P - x;
  return [x, y, 1n, mod(x * y)];
}

export async function plainVerify(key, signature, message) {
  const point = decompress(key), nonce = decompress(signature.subarray(0, 32)), number = little(signature.subarray(32));
  if (!point || !nonce || number >= L) return false;
  const challenge = little(await hash("SHA-512", join(signature.subarray(0, 32), key, message))) % L;
  const base = decompress(Uint8Array.from([0x58, ...Array(31).fill(0x66)]));
  const left = multiply(number, base), right = add(nonce, multiply(challenge, point));
  return !mod(left[0] * right[2] - right[0] * left[2]) && !mod(left[1] * right[2] - right[1] * left[2]);
}

async function fits(key, signature, message) {
  if (key.length !== 32 || signature.length !== 64) return false;
  try {
    const imported = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
    return await crypto.subtle.verify({ name: "Ed25519" }, imported, signature, message);
  } catch (error) {
    if (error.name === "DataError") return false; // 32 bytes that are no key
    return plainVerify(key, signature, message);
  }
}

// --- keys, notes, checkpoints, proofs ---

export async function readKey(vkey, kind) {
  const [, name, id, encoded] = /^([^+\s]+)\+([0-9a-f]{8})\+(.+)$/.exec(vkey) ?? fail("key");
  const data = decode(encoded);
  const expected = hex((await sha256(join(bytesOf(`${name}\n`), data))).subarray(0, 4));
  if (data.length !== 33 || data[0] !== kind || expected !== id) fail("key");
  return { name, id, kind, key: data.subarray(1) };
}

function readNote(note) {
  const end = note.lastIndexOf("\n\n");
  if (end < 0 || !note.endsWith("\n")) fail("damaged");
  const signatures = note.slice(end + 2, -1).split("\n").map((line) => {
    const [, name, encoded] = /^— ([^ +]+) (\S+)$/.exec(line) ?? fail("damaged");
    const data = decode(encoded);
    return { name, id: hex(data.subarray(0, 4)), data: data.subarray(4) };
  });
  return { text: note.slice(0, end + 1), signatures };
}

async function signed({ text: words, signatures }, { name, id, kind, key }) {
  const own = signatures.filter((each) => each.name === name && each.id === id);
  const times = [];
  for (const { data } of own) {
    const time = kind === 4 ? new DataView(data.buffer, data.byteOffset).getBigUint64(0) : null;
    const message = kind === 4 ? `cosignature/v1\ntime ${time}\n${words}` : words;
    if (!(await fits(key, kind === 4 ? data.subarray(8) : data, bytesOf(message)))) fail("signature");
    times.push(time);
  }
  return times;
}

function readCheckpoint(words) {
  const [, origin, size, root] = /^([^\n]+)\n(0|[1-9][0-9]{0,15})\n([^\n]+)\n$/.exec(words) ?? fail("damaged");
  return { origin, size: Number(size), root: decode(root) };
}

function readProof(content) {
  const end = content.indexOf("\n\n");
  const [first, ...rest] = content.slice(0, Math.max(end, 0)).split("\n");
  const extra = rest[0]?.startsWith("extra ") ? decode(rest.shift().slice(6)) : null;
  const [index, ...path] = rest;
  const number = /^index (0|[1-9][0-9]{0,15})$/.exec(index ?? "");
  if (first !== "c2sp.org/tlog-proof@v1" || !number || path.length > 63) fail("damaged");
  return { index: Number(number[1]), path: path.map(decode), note: content.slice(end + 2), extra };
}

async function rootFrom(entry, index, size, path) {
  let found = await sha256(join(Uint8Array.of(0), entry));
  const rest = [...path];
  for (let last = size - 1; last > 0; last = Math.floor(last / 2), index = Math.floor(index / 2)) {
    if (index % 2 === 0 && index === last) continue;
    const other = rest.shift() ?? fail("proof");
    found = await sha256(join(Uint8Array.of(1), ...(index % 2 ? [other, found] : [found, other])));
  }
  return rest.length ? fail("proof") : found;
}

// --- changes of the log's key: each an entry that names two keys, under a checkpoint that both have signed ---

async function readChange(part) {
  const { index, path, note, extra } = readProof(part);
  if (!extra) fail("damaged");
  const read = readNote(note);
  const { origin, size, root } = readCheckpoint(read.text);
  const entry = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(extra));
  const [before, after] = [await readKey(entry.data.old_vkey, 1), await readKey(entry.data.new_vkey, 1)];
  const named = entry.action === "signing-key-rotated.v1" && entry.stream === "ledger/ledger" && entry.index === index
    && !entry.corrects && before.name === origin && after.name === origin && entry.data.old_vkey !== entry.data.new_vkey;
  const both = (await signed(read, before)).length === 1 && (await signed(read, after)).length === 1;
  if (!named || !both || read.signatures.length !== 2 || index >= size) fail("signature");
  if (!equal(await rootFrom(extra, index, size, path), root)) fail("proof");
  return { index, before: entry.data.old_vkey, after: entry.data.new_vkey };
}

// Returns the key that must have signed for so many entries, for whoever trusts one of the log's keys.
async function keyAt(vkey, handovers, size) {
  const first = "c2sp.org/tlog-proof@v1\n";
  const changes = [];
  for (const part of handovers.split(first).slice(1)) changes.push(await readChange(first + part));
  const keys = changes.length ? [changes[0].before, ...changes.map((each) => each.after)] : [vkey];
  for (const [at, { index, before }] of changes.entries()) {
    if (at && (before !== changes[at - 1].after || index <= changes[at - 1].index)) fail("signature");
  }
  if (!keys.includes(vkey)) fail("signature");
  return readKey(keys[changes.filter((each) => each.index < size).length], 1);
}

// --- disclosures: the values on the page, against the digests in the entry ---

function* digestsIn(value) {
  if (Array.isArray(value)) for (const inside of value) yield* digestsIn(inside);
  else if (value !== null && typeof value === "object") {
    if (typeof value["..."] === "string") yield value["..."];
    for (const [name, inside] of Object.entries(value)) {
      if (name === "_sd") yield* inside;
      else yield* digestsIn(inside);
    }
  }
}

async function checkDisclosures(entry, disclosures) {
  const values = new Map();
  for (const disclosure of disclosures) {
    const digest = encode(await sha256(bytesOf(disclosure))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
    if (values.has(digest)) fail("disclosure");
    const json = new TextDecoder().decode(Uint8Array.from(atob(disclosure.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0)));
    values.set(digest, JSON.parse(json).at(-1));
  }
  const found = [...digestsIn(entry)];
  for (const digest of found) if (values.has(digest)) found.push(...digestsIn(values.get(digest)));
  for (const digest of values.keys()) if (!found.includes(digest)) fail("disclosure");
}

// --- all of it ---

// Returns { ok, code, size, witnesses: [{ name, time }] }; `code` says what does not fit, and time is in seconds.
// `handovers` is the file of that name which the log publishes, where its key has changed.
export async function verify({ index, entry, proof, vkey, witnesses = [], disclosures = [], handovers = "" }) {
  try {
    if (!globalThis.crypto?.subtle) fail("insecure");
    await readKey(vkey.trim(), 1);
    const read = readProof(proof);
    const note = readNote(read.note);
    const checkpoint = readCheckpoint(note.text);
    const log = await keyAt(vkey.trim(), handovers, checkpoint.size);
    if ((await signed(note, log)).length !== 1 || checkpoint.origin !== log.name) fail("signature");
    if (read.index !== index || index >= checkpoint.size) fail("proof");
    if (!equal(await rootFrom(entry, index, checkpoint.size, read.path), checkpoint.root)) fail("proof");
    const parsed = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(entry));
    if (parsed.index !== index) fail("proof");
    await checkDisclosures(parsed, disclosures);
    const seen = [];
    for (const each of witnesses) {
      const witness = await readKey(each, 4);
      for (const time of await signed(note, witness)) seen.push({ name: witness.name, time: Number(time) });
    }
    return { ok: true, code: "ok", size: checkpoint.size, witnesses: seen };
  } catch (error) {
    const known = ["damaged", "key", "signature", "proof", "disclosure", "insecure"];
    return { ok: false, code: known.includes(error.message) ? error.message : "damaged", size: null, witnesses: [] };
  }
}
