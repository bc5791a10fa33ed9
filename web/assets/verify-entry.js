// The box “Check it in your browser” of an entry's page: fetches what is public of the entry, and says what came out.
import { verify } from "./verify.js";

const box = document.querySelector("[data-verify]");
const output = box.querySelector("output");
const field = box.querySelector("input");
const said = (code) => box.querySelector(`[data-said="${code}"]`)?.textContent.trim() ?? code;

async function fetched(address, read) {
  const response = await fetch(address, { credentials: "omit", cache: "no-store" });
  if (!response.ok) throw new Error("unavailable");
  return response[read]();
}

async function check() {
  const { entry, proof, json, policy, handovers } = box.dataset;
  const [bytes, text, values, witnesses, changes] = await Promise.all([
    fetched(entry, "arrayBuffer"),
    fetched(proof, "text"),
    fetched(json, "json"),
    policy ? fetched(policy, "text") : "",
    handovers ? fetched(handovers, "text") : "",
  ]);
  return verify({
    index: Number(box.dataset.index),
    entry: new Uint8Array(bytes),
    proof: text,
    vkey: field.value,
    handovers: changes,
    witnesses: Array.from(witnesses.matchAll(/^witness \S+ (\S+)$/gm), (match) => match[1]),
    disclosures: values.disclosures.map((each) => each.disclosure),
  });
}

const element = (name, className, textContent) => Object.assign(document.createElement(name), { className, textContent });
const moment = (seconds) =>
  new Date(seconds * 1000).toLocaleString(document.documentElement.lang, { dateStyle: "long", timeStyle: "short" });

function tell(result) {
  const lines = [said(result.code).replace("{size}", result.size)];
  for (const { name, time } of result.witnesses) {
    lines.push(said("witness").replace("{name}", name).replace("{time}", moment(time)));
  }
  if (result.ok && !result.witnesses.length) lines.push(said("unwitnessed"));
  const told = element("div", "govuk-inset-text", "");
  if (result.ok) told.append(element("p", "govuk-heading-s", said("fits")));
  told.append(...lines.map((line) => element("p", "govuk-body", line)));
  output.replaceChildren(told);
}

box.hidden = false;
box.querySelector("button").addEventListener("click", async () => {
  output.textContent = said("working");
  try {
    tell(await check());
  } catch {
    tell({ ok: false, code: "unavailable", size: null, witnesses: [] });
  }
});
