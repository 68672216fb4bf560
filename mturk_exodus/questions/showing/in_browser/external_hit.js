// What MTurk's externalHIT_v1.js gave to pages, by its names.
Object.assign(window, {
  turkGetParam(name, defaultValue) {
    const found = new RegExp(`[?&]${name}=([^&#]*)`).exec(address);
    return found === null ? defaultValue : found[1];
  },
  turkGetSubmitToHost: () => host,
  turkSetAssignmentID(formName, buttonName) {
    window.assignmentID = assignmentId;
    const field = document.getElementById("assignmentId");
    if (field) field.value = assignmentId;
    const form = document.getElementById(typeof formName === "string" ? formName : "mturk_form");
    if (form instanceof HTMLFormElement) form.setAttribute("action", submitTo);
    if (isPreview) {
      disable(document.getElementById(typeof buttonName === "string" ? buttonName : "submitButton"));
    }
  },
  decode: (text) => unescape(text.replace(/\+/g, " ")),
  stringStartsWith: (text, search, at) => String(text).startsWith(search, at),
});

const disable = (button) => {
  if (!button) return;
  button.disabled = true;
  button.value = NOT_ACCEPTED;
  if (button instanceof HTMLButtonElement) button.textContent = NOT_ACCEPTED;
};

const showPreview = () => {
  const named = document.getElementById("submitButton");
  const buttons = "input[type=submit], input[type=image], button[type=submit]";
  for (const one of named ? [named] : document.querySelectorAll(buttons)) disable(one);
};

const setUp = () => {
  window.turkSetAssignmentID();
  if (isPreview) showPreview();
};
document.addEventListener("DOMContentLoaded", setUp);
addEventListener("load", setUp);
