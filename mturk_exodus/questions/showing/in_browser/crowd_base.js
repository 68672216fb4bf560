// Crowd HTML Elements by their documented names, attributes and outputs; what they are made of is
// ours. Every part has a shadow of its own, so the page's styles and scripts do not meet it.
const sheet = new CSSStyleSheet();
sheet.replaceSync(CROWD_STYLE);

const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
};

class CrowdElement extends HTMLElement {
  constructor() {
    super();
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet];
  }

  connectedCallback() {
    if (this.isBuilt) return;
    this.isBuilt = true;
    this.build();
    this.refresh();
  }

  attributeChangedCallback() {
    if (this.isBuilt) this.refresh();
  }

  build() {
    this.shadowRoot.append(make("slot"));
  }

  refresh() {}

  said(name) {
    return this.getAttribute(name) ?? "";
  }

  tellChange() {
    this.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

// Attributes that can be read and set as properties, as HTML's own elements have it.
const reflect = (element, texts, flags = []) => {
  for (const name of texts) {
    Object.defineProperty(element.prototype, name.replace(/-(.)/g, (_, one) => one.toUpperCase()), {
      get() { return this.said(name); },
      set(value) { this.setAttribute(name, value); },
      configurable: true,
    });
  }
  for (const name of flags) {
    Object.defineProperty(element.prototype, name, {
      get() { return this.hasAttribute(name); },
      set(value) { this.toggleAttribute(name, Boolean(value)); },
      configurable: true,
    });
  }
};

const define = (name, element) => {
  if (!customElements.get(name)) customElements.define(name, element);
};

// An element that answers. output() is undefined where nothing is to be sent.
class CrowdField extends CrowdElement {
  output() { return undefined; }

  problem() { return ""; }

  addError() {
    this.error = make("p", { class: "error", id: "error", role: "alert" });
    this.shadowRoot.append(this.error);
  }

  report(text) {
    if (this.error) this.error.textContent = text;
    this.control?.toggleAttribute("aria-invalid", Boolean(text));
    if (text) this.control?.setAttribute("aria-invalid", "true");
  }

  focus() { this.control?.focus(); }

  checkValidity() { return this.problem() === ""; }

  reportValidity() {
    this.report(this.problem());
    return this.checkValidity();
  }

  validate() { return this.reportValidity(); }
}
reflect(CrowdField, ["name", "label"], ["disabled", "required"]);
