/* Fills in the spreadsheet that the pages offer, as an office program would. */
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';

const SHEET = 'xl/worksheets/sheet1.xml';

function textsOf(files) {
  return [...strFromU8(files['xl/sharedStrings.xml']).matchAll(/<si>(.*?)<\/si>/gs)].map(([, si]) =>
    [...si.matchAll(/<t[^>]*>(.*?)<\/t>/gs)].map(([, t]) => t).join(''));
}

/* Values by the paths of facts; returns the file and the cell of each path. */
export function fillIn(form, values) {
  const files = unzipSync(new Uint8Array(form));
  const texts = textsOf(files);
  let sheet = strFromU8(files[SHEET]);
  const cells = {};
  for (const [, row, index] of sheet.matchAll(/<c r="G(\d+)"[^>]*t="s"[^>]*><v>(\d+)<\/v>/g)) cells[texts[index]] = `D${row}`;
  for (const [path, value] of Object.entries(values)) {
    const empty = new RegExp(`<c r="${cells[path]}"( s="\\d+")?/>`);
    if (!empty.test(sheet)) throw new Error(`no cell for ${path}`);
    sheet = sheet.replace(empty, `<c r="${cells[path]}"$1 t="inlineStr"><is><t>${value}</t></is></c>`);
  }
  files[SHEET] = strToU8(sheet);
  return { file: Buffer.from(zipSync(files)), cells };
}
