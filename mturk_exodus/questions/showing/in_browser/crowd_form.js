const PLAIN = "input, select, textarea";
const SENDS = "button[type=submit], input[type=submit], input[type=image]";
const NOTHING = ["submit", "image", "button", "reset"];

// HTML's own controls inside a crowd-form answer as Crowd elements do: boxes and radio buttons by
// value, as real results show; others as text, left out where empty.
const plainOutput = (control) => {
  if (["checkbox", "radio"].includes(control.type)) {
    return Object.assign(Object.create(null), { [control.value]: control.checked });
  }
  if (control.type === "select-multiple") return [...control.selectedOptions].map((one) => one.value);
  if (control.type === "file") return [...control.files].map((one) => one.name).join("|") || undefined;
  return control.value === "" ? undefined : control.value;
};

const merged = (before, now) => {
  if (before === undefined) return now;
  const isText = typeof before === "string" && typeof now === "string";
  if (isText) return `${before}|${now}`;
  const areObjects = typeof before === "object" && typeof now === "object";
  return areObjects && !Array.isArray(now) ? Object.assign(before, now) : now;
};

const flattened = (said, path) => {
  if (Array.isArray(said)) return [[path, said.join("|")]];
  if (typeof said !== "object") return [[path, String(said)]];
  return Object.entries(said).flatMap(([name, one]) => flattened(one, path ? `${path}.${name}` : name));
};

class CrowdForm extends CrowdElement {
  build() {
    const content = make("slot");
    this.button = make("button", { type: "button" }, isPreview ? NOT_ACCEPTED : "Submit");
    this.button.disabled = isPreview;
    this.button.addEventListener("click", () => this.attempt());
    this.shadowRoot.append(content, make("div", { class: "submit" }, this.button));
    this.addEventListener("click", (event) => this.clicked(event));
    new MutationObserver(() => this.arrange()).observe(this, { childList: true, subtree: true });
    this.arrange();
  }

  // One button is enough: ours is there where the page has none.
  arrange() {
    this.button.hidden = this.querySelector(`crowd-button[form-action=submit], ${SENDS}`) !== null;
  }

  clicked(event) {
    const button = event.composedPath().find((one) => one instanceof Element && one.matches(SENDS));
    // The button of a form inside is the browser's business, and comes back to us as its submit.
    if (button && !button.form && !event.defaultPrevented) this.attempt();
  }

  controls() {
    return [...this.querySelectorAll("*")].filter((one) => one instanceof CrowdField || one.matches(PLAIN));
  }

  problems() {
    return this.controls().filter((one) => !one.checkValidity());
  }

  checkValidity() { return this.problems().length === 0; }

  reportValidity() {
    const problems = this.problems();
    for (const one of problems) if (one instanceof CrowdField) one.report(one.problem());
    if (problems.length) {
      problems[0].scrollIntoView?.({ block: "center" });
      if (problems[0] instanceof CrowdField) problems[0].focus();
      else problems[0].reportValidity();
    }
    return problems.length === 0;
  }

  attempt() {
    if (isPreview) return tell(NOT_ACCEPTED);
    if (!this.reportValidity()) return undefined;
    const event = new Event("submit", { bubbles: true, cancelable: true, composed: true });
    return this.dispatchEvent(event) ? this.submit() : undefined;
  }

  requestSubmit() { this.attempt(); }

  output() {
    const said = Object.create(null);
    for (const one of this.controls()) {
      const name = one.getAttribute("name");
      const isSilent = one.matches(":disabled") || one.disabled || NOTHING.includes(one.type);
      const output = name && !isSilent && name !== "assignmentId"
        ? one instanceof CrowdField ? one.output() : plainOutput(one)
        : undefined;
      if (output !== undefined) said[name] = merged(said[name], output);
    }
    return said;
  }

  submit() {
    const said = this.output();
    if (this.said("answer-format") === "flatten-objects") return send(flattened(said, ""));
    return send([["taskAnswers", JSON.stringify([said])]]);
  }
}
define("crowd-form", CrowdForm);

const tellReady = () => document.dispatchEvent(new Event("all-crowd-elements-ready", { bubbles: true }));
document.addEventListener("DOMContentLoaded", () => setTimeout(tellReady));
