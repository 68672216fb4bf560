// A HIT's page within Turkle's. Turkle gives this document twice: to the worker's own page, which
// holds Turkle's form, and to a sandboxed frame in it, at the same address, which becomes the HIT's.
// So the HIT finds assignmentId and its kin where MTurk had them, and is of no origin: it can
// neither see Turkle's form nor act as the worker. Its answer comes as a message.
(() => {
"use strict";
const read = (id) => JSON.parse(document.getElementById(id).textContent);
const PARTS = read("mturk-exodus-parts");
const row = read("mturk-exodus-row");
const SANDBOX = "allow-scripts allow-forms allow-modals allow-downloads";
const form = document.currentScript.closest("form") ?? document.forms[0];
const query = new URLSearchParams(location.search);
const assignmentId = query.get("assignmentId") || "ASSIGNMENT_ID_NOT_AVAILABLE";
const isPreview = assignmentId === "ASSIGNMENT_ID_NOT_AVAILABLE";
const OTHER = "\u001f";
// Turkle's own field, and the one by which finished work is known again: no page may say either.
const OURS = ["csrfmiddlewaretoken", "mturk_assignment_id"];

if (self.origin === "null") {
  const text = PARTS.map((one) => (typeof one === "number" ? row.values[one] : one)).join("");
  addEventListener("load", () => setTimeout(() => {
    document.open();
    document.write(text);
    document.close();
  }), { once: true });
  return;
}

const make = (tag, attributes, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};
const place = document.getElementById("mturk-exodus-place");
const say = (...words) => place.append(make("p", { role: "alert" }, ...words));

// A name that comes more than once has its values joined with |, as MTurk had it. What was written
// in place of a choice stands beside the choices; so did it in MTurk's own tables.
const joined = (entries) => {
  const answers = new Map();
  for (const [said, value] of entries) {
    const [name, other] = String(said).split(OTHER);
    if (!name || OURS.includes(name) || (other !== undefined && value === "")) continue;
    if (!answers.has(name)) answers.set(name, []);
    answers.get(name).push(String(value));
  }
  for (const [name, values] of answers) {
    const some = values.length > 1 ? values.filter((one) => one !== "") : values;
    answers.set(name, some.join("|"));
  }
  return answers;
};

let sent = false;
const submit = (entries) => {
  if (isPreview || sent) return;
  sent = true;
  for (const [name, value] of joined(entries)) {
    const field = make("input", { type: "hidden" });
    field.name = name;
    field.value = value;
    form.append(field);
  }
  HTMLFormElement.prototype.submit.call(form);
};

const amazon = /(^|\.)((mturk|mturkcontent|amazonaws|amazon|awsstatic|cloudfront)\.[a-z.]+|aws)$/i;
const openWindow = (address) => {
  if (!(navigator.userActivation?.isActive ?? true) || !URL.canParse?.(address)) return;
  const url = new URL(address);
  if (/^https?:$/.test(url.protocol) && !amazon.test(url.hostname.replace(/\.+$/, ""))) {
    window.open(url.href, "_blank", "noopener,noreferrer");
  }
};

const show = (address, sandbox) => {
  const frame = make("iframe", { title: "The task", sandbox, allow: "autoplay; fullscreen" });
  frame.style.cssText = `width:100%;border:0;height:${row.height > 0 ? `${row.height}px` : "calc(100vh - 2em)"}`;
  addEventListener("message", (event) => {
    if (event.source !== frame.contentWindow) return;
    const entries = event.data?.["mturk-exodus: submit"];
    const asked = event.data?.["mturk-exodus: open"];
    if (Array.isArray(entries)) submit(entries);
    if (typeof asked === "string") openWindow(asked);
  });
  frame.src = address;
  place.append(frame);
};
// A HIT's page could lead its frame to Amazon otherwise, with the answer in the address.
const keepHere = () => document.head.append(
  make("meta", { "http-equiv": "Content-Security-Policy", content: "frame-src 'self'" }));

// A page that stands elsewhere posts to externalSubmit, which mturk_exodus_turkle_site answers.
const root = new URL(form.action, location.href).pathname.replace(/task\/.*$/, "");
const receiver = `${location.origin}${root}mturk/externalSubmit`;
const addressOf = () => {
  const [page, ...fragment] = row.url.split("#");
  const said = [["assignmentId", assignmentId], ["hitId", row.hit_id]];
  if (!isPreview) {
    said.push(["workerId", query.get("workerId") ?? ""]);
    said.push(["turkSubmitTo", receiver.replace(/\/mturk\/externalSubmit$/, "")]);
  }
  const joint = /[?&]$/.test(page) ? "" : page.includes("?") ? "&" : "?";
  const mark = fragment.length ? `#${fragment.join("#")}` : "";
  return `${page}${joint}${said.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&")}${mark}`;
};

const askForCode = () => {
  const code = make("input", { type: "text", "aria-label": "Completion code", required: "" });
  const button = make("button", { type: "button" }, "Submit");
  const link = make("a", { href: row.url, target: "_blank", rel: "noopener noreferrer" }, row.url);
  button.addEventListener("click", () => code.reportValidity() && submit([["completion_code", code.value]]));
  say("This task is done on a page of its own, which cannot give its answers to this server: ", link,
    ". If it shows a code at its end, write it here: ", code, " ", button);
};

const showExternal = async () => {
  if (new URL(row.url).origin === location.origin) return say("This task's page is this server's own.");
  const reply = await fetch(receiver).catch(() => null);
  const isThere = reply?.ok && (await reply.text()).includes("mturk-exodus");
  return isThere ? show(addressOf(), `${SANDBOX} allow-popups allow-same-origin`) : askForCode();
};

if (row.refused) say(row.refused);
else if (row.url) showExternal();
else {
  keepHere();
  show(location.href, SANDBOX);
}
})();
