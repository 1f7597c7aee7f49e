// Makes the folder of files that a browser loads, from the compiled browser half, the style sheets and public/.
//
//   <site>/pkg/fairlead-<hash>.{js,wasm,css}   one hash over the three; beside each a .br and a .gz
//   <site>/…                                   a copy of public/
//
// usage: node tools/site.mjs --wasm FILE --wasm-bindgen PROGRAM --site FOLDER [--optimise]

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import zlib from 'node:zlib';
import { transformSync } from 'esbuild';
import { bundle } from 'lightningcss';

const { values: options } = parseArgs({
  options: {
    wasm: { type: 'string' },
    'wasm-bindgen': { type: 'string' },
    site: { type: 'string' },
    optimise: { type: 'boolean', default: false },
  },
});

// What the compiler emits and current browsers accept; more would be refused by some of them.
const WASM_FEATURES = [
  '--enable-bulk-memory',
  '--enable-bulk-memory-opt',
  '--enable-nontrapping-float-to-int',
  '--enable-reference-types',
  '--enable-multivalue',
  '--enable-sign-ext',
  '--enable-mutable-globals',
];
/** Flattening first lets the passes for size find more: it saves another 2 kB as sent. */
const WASM_PASSES = ['-O2', '-Oz', '--flatten', '--rereloop', '-Oz', '-Oz', '--converge'];
const COMPRESSIBLE = /\.(css|html|ico|js|json|map|svg|txt|wasm|webmanifest|xml)$/;

const work = fs.mkdtempSync(path.join(os.tmpdir(), 'fairlead-site-'));
try {
  const files = { ...browserHalf(), css: styleSheet() };
  publish(files);
} finally {
  fs.rmSync(work, { recursive: true, force: true });
}

/** The wasm module and the JavaScript that loads it. */
function browserHalf() {
  execFileSync(options['wasm-bindgen'], [
    '--target', 'web', '--no-typescript', '--out-name', 'fairlead', '--out-dir', work, options.wasm,
  ], { stdio: 'inherit' });
  if (fs.existsSync(path.join(work, 'snippets'))) {
    throw new Error('A crate brings JavaScript snippets, which this script does not hash: see tools/site.mjs');
  }
  const wasm = path.join(work, 'fairlead_bg.wasm');
  if (options.optimise) {
    execFileSync('node_modules/.bin/wasm-opt', [...WASM_PASSES, ...WASM_FEATURES, wasm, '-o', wasm], { stdio: 'inherit' });
  }
  const js = fs.readFileSync(path.join(work, 'fairlead.js'));
  return { wasm: fs.readFileSync(wasm), js: options.optimise ? transformSync(js, { minify: true, format: 'esm' }).code : js };
}

/** `style/main.css` and what it imports, in one file. */
function styleSheet() {
  return bundle({
    filename: 'style/main.css',
    minify: options.optimise,
    // The browsers of the last two and a half years: nesting, :has, oklch, light-dark and container queries stay as written.
    targets: { chrome: 123 << 16, firefox: 121 << 16, safari: (17 << 16) | (5 << 8) },
  }).code;
}

/** Writes the new files first and removes the old ones last, so that a running server never sees a gap. */
function publish({ wasm, js, css }) {
  const digest = createHash('sha256').update(wasm).update('\0').update(js).update('\0').update(css).digest('hex');
  const name = `fairlead-${digest.slice(0, 12)}`;
  const folder = path.join(options.site, 'pkg');
  fs.mkdirSync(folder, { recursive: true });

  const loader = js.toString().replaceAll('fairlead_bg.wasm', `${name}.wasm`);
  write(path.join(folder, `${name}.wasm`), wasm);
  write(path.join(folder, `${name}.css`), css);
  write(path.join(folder, `${name}.js`), Buffer.from(loader));

  for (const entry of fs.readdirSync(folder)) {
    if (!entry.startsWith(`${name}.`)) fs.rmSync(path.join(folder, entry));
  }
  if (fs.existsSync('public')) copyPublic('public', options.site);

  const sent = (extension) => fs.statSync(path.join(folder, `${name}.${extension}.br`)).size;
  const total = sent('wasm') + sent('js') + sent('css');
  console.log(`${folder}/${name}: ${kB(sent('wasm'))} wasm, ${kB(sent('js'))} js, ${kB(sent('css'))} css (${kB(total)} with brotli)`);
}

function copyPublic(from, to) {
  fs.mkdirSync(to, { recursive: true });
  for (const entry of fs.readdirSync(from, { withFileTypes: true })) {
    const source = path.join(from, entry.name);
    const target = path.join(to, entry.name);
    if (entry.isDirectory()) copyPublic(source, target);
    else write(target, fs.readFileSync(source));
  }
}

/** The file and, where it pays, its compressed forms. Renamed into place: no reader sees half a file. */
function write(file, content) {
  const put = (name, bytes) => {
    fs.writeFileSync(`${name}.new`, bytes);
    fs.renameSync(`${name}.new`, name);
  };
  if (COMPRESSIBLE.test(file)) {
    // The development build is loaded from this machine: quick is better than small.
    const quality = options.optimise ? zlib.constants.BROTLI_MAX_QUALITY : 2;
    put(`${file}.br`, zlib.brotliCompressSync(content, {
      params: {
        [zlib.constants.BROTLI_PARAM_QUALITY]: quality,
        [zlib.constants.BROTLI_PARAM_SIZE_HINT]: content.length,
      },
    }));
    put(`${file}.gz`, zlib.gzipSync(content, { level: options.optimise ? 9 : 1 }));
  }
  put(file, content);
}

function kB(bytes) {
  return `${(bytes / 1000).toFixed(1)} kB`;
}
