// In whatever way a page submits, its answer is delivered once.
const PREVIEW = "ASSIGNMENT_ID_NOT_AVAILABLE";
const NOT_ACCEPTED = "You must ACCEPT the HIT before you can submit the results.";
const WAITS = 10000; // ms; a page that is still there then may be sent again

const address = location.href;
const query = new URLSearchParams(location.search);
const assignmentId = query.get("assignmentId") || PREVIEW;
const isPreview = assignmentId === PREVIEW;
const said = query.get("turkSubmitTo") || "";
const host = /^(https?:)?\/\//i.test(said) ? said : location.origin;
const submitTo = `${host.replace(/\/+$/, "")}/mturk/externalSubmit`;

const nativeSubmit = HTMLFormElement.prototype.submit;
let sent = false;

const addressOf = (text) => {
  try {
    return new URL(String(text), document.baseURI);
  } catch {
    return null;
  }
};
const isOfMTurk = (url) => /(^|\.)mturk(content)?\.com$/i.test(url.hostname);
const isSubmit = (url) => url !== null && /\/mturk\/externalSubmit\/?$/i.test(url.pathname);
const isAmazon = (url) =>
  isOfMTurk(url) || /(^|\.)(amazon(aws)?\.[a-z.]+|crowd\.aws|aws)$/i.test(url.hostname);

const tell = (text) => {
  const box = document.createElement("div");
  const alert = document.createElement("div");
  alert.setAttribute("role", "alert");
  alert.style.cssText = "position:fixed;inset:auto 0 0 0;z-index:2147483647;padding:.8em 1em;"
    + "background:#222;color:#fff;font:16px/1.4 system-ui,sans-serif";
  box.attachShadow({ mode: "open" }).append(alert);
  document.documentElement.append(box);
  alert.textContent = text;
  setTimeout(() => box.remove(), WAITS);
};

const send = (entries) => {
  if (isPreview) return tell(NOT_ACCEPTED);
  if (sent) return undefined;
  sent = true;
  setTimeout(() => { sent = false; }, WAITS);
  // MTurk's own form was not multipart: of a file, its name was sent.
  deliver([...entries].filter(([name]) => name !== "assignmentId")
    .map(([name, value]) => [name, String(value?.name ?? value)]));
  return undefined;
};
addEventListener("pageshow", (event) => { if (event.persisted) sent = false; });

const actionOf = (form, submitter) =>
  addressOf(submitter?.getAttribute("formaction") || form.getAttribute("action") || location.href);
const isOwn = (form) =>
  form.getAttribute("method")?.toLowerCase() === "dialog"
  || actionOf(form)?.protocol === "javascript:";

const entriesOf = (form, submitter) => {
  try {
    return [...new FormData(form, submitter)];
  } catch {
    return [...new FormData(form)];
  }
};

const submitForm = (form, submitter) => {
  const url = actionOf(form, submitter);
  const crowd = form.closest("crowd-form");
  if (typeof crowd?.attempt === "function") return crowd.attempt();
  if (url !== null && !isOfMTurk(url) && url.origin !== location.origin) {
    return tell(`This page tried to send your answer to ${url.hostname}. It was not sent.`);
  }
  return send(entriesOf(form, submitter));
};

HTMLFormElement.prototype.submit = function submit() {
  return isOwn(this) ? nativeSubmit.call(this) : submitForm(this, null);
};

// What the page's own listeners decide comes first, so ours is always the last of all.
const last = (type, decide) => {
  addEventListener(type, (event) => {
    event.stopPropagation = () => undefined;
    removeEventListener(type, decide);
    addEventListener(type, decide);
  }, true);
};

last("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || !(form instanceof HTMLFormElement) || isOwn(form)) return;
  event.preventDefault();
  submitForm(form, event.submitter);
});

// stopImmediatePropagation keeps the event from us, and the browser would submit the form itself.
addEventListener("submit", (event) => {
  const { preventDefault, stopImmediatePropagation } = event;
  const form = event.target;
  event.stopImmediatePropagation = () => {
    stopImmediatePropagation.call(event);
    if (event.defaultPrevented || !(form instanceof HTMLFormElement) || isOwn(form)) return;
    let isRefused = false;
    event.preventDefault = () => { isRefused = true; };
    preventDefault.call(event);
    setTimeout(() => { if (!isRefused) submitForm(form, event.submitter); });
  };
}, true);

// The sandbox lets no window through, whatever a script does; the page around us opens it instead.
// So does it for links that would put another page in our place: the work would be lost.
const openOutside = (url) => parent.postMessage({ "mturk-exodus: open": url.href }, "*");
const isOfWeb = (url) => url !== null && /^https?:$/.test(url.protocol);
const isHere = (url) => url.href.split("#")[0] === address.split("#")[0];
const isInside = (target) =>
  Boolean(target) && [...document.querySelectorAll("iframe, frame")].some((one) => one.name === target);

last("click", (event) => {
  const link = event.composedPath()
    .find((one) => /^(a|area)$/i.test(one.localName ?? "") && typeof one.href === "string" && one.href);
  const url = link && addressOf(link.href);
  if (event.defaultPrevented || !url) return;
  if (isSubmit(url)) send(url.searchParams);
  else if (isAmazon(url)) tell(`This link leads to ${url.hostname}. It does not work here.`);
  else if (!isOfWeb(url) || isHere(url) || isInside(link.target)) return;
  else openOutside(url);
  event.preventDefault();
});

const nativeOpen = window.open;
window.open = (given, target, ...others) => {
  const url = given ? addressOf(given) : null;
  if (isSubmit(url)) return send(url.searchParams) ?? null;
  if (url && isAmazon(url)) return null;
  if (isInside(target)) return nativeOpen.call(window, given, target, ...others);
  if (!isOfWeb(url)) return null;
  openOutside(url);
  // Pages take null for a window that was not let through, and say so.
  return { closed: false, opener: null, close() {}, focus() {}, blur() {}, postMessage() {} };
};

const fieldsIn = async (body, url) => {
  if (body instanceof FormData || body instanceof URLSearchParams) return [...body];
  const text = body instanceof Blob ? await body.text() : String(body ?? "");
  const isForm = text.includes("=") && !/^\s*[[{<]/.test(text);
  return [...(isForm ? new URLSearchParams(text) : url.searchParams)];
};
const sendBody = async (body, url) => {
  const fields = await fieldsIn(body, url);
  if (fields.length) send(fields);
};

// What asked waits for a reply that never comes: the answer's own page replaces this one.
const nativeFetch = window.fetch;
window.fetch = (resource, init) => {
  const request = resource instanceof Request ? resource : null;
  const url = addressOf(request ? request.url : resource);
  if (!isSubmit(url)) return nativeFetch.call(window, resource, init);
  const read = init?.body || !request ? Promise.resolve(init?.body) : request.blob();
  read.then((body) => sendBody(body, url));
  return new Promise(() => undefined);
};

const asked = new WeakMap();
const { open: nativeXHROpen, send: nativeXHRSend } = XMLHttpRequest.prototype;
XMLHttpRequest.prototype.open = function openRequest(method, address, ...others) {
  asked.set(this, addressOf(address));
  return nativeXHROpen.call(this, method, address, ...others);
};
XMLHttpRequest.prototype.send = function sendRequest(body) {
  const url = asked.get(this) ?? null;
  return isSubmit(url) ? void sendBody(body, url) : nativeXHRSend.call(this, body);
};

// No policy holds for what goes through these.
for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection"]) delete window[name];

const nativeBeacon = Navigator.prototype.sendBeacon;
Navigator.prototype.sendBeacon = function sendBeacon(address, body) {
  const url = addressOf(address);
  if (!isSubmit(url)) return nativeBeacon.call(this, address, body);
  sendBody(body, url);
  return true;
};
