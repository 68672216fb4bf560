class CrowdText extends CrowdField {
  static observedAttributes = [
    "label", "placeholder", "value", "disabled", "type", "max-length", "min-length", "min", "max",
    "step", "rows", "required",
  ];

  build() {
    this.caption = make("span", { class: "caption" });
    this.control = make(this.tag, { "aria-describedby": "error" });
    this.shadowRoot.append(make("label", {}, this.caption, this.control));
    this.addError();
    this.control.addEventListener("input", () => this.typed());
    this.control.addEventListener("change", () => {
      if (this.hasAttribute("auto-validate")) this.reportValidity();
      this.tellChange();
    });
    if (this.hasAttribute("auto-focus")) requestAnimationFrame(() => this.control.focus());
  }

  refresh() {
    this.caption.textContent = this.said("label");
    const name = this.said("label") || this.said("placeholder") || this.said("name");
    this.control.setAttribute("aria-label", name);
    this.control.setAttribute("aria-required", String(this.required));
    this.control.disabled = this.disabled;
    const names = { "max-length": "maxlength", "min-length": "minlength" };
    for (const one of ["placeholder", "type", "max-length", "min-length", "min", "max", "step", "rows"]) {
      if (this.hasAttribute(one)) this.control.setAttribute(names[one] ?? one, this.said(one));
    }
    if (!this.isTouched && this.hasAttribute("value")) this.control.value = this.said("value");
  }

  typed() {
    this.isTouched = true;
    this.report("");
    const allowed = this.hasAttribute("auto-validate") && this.said("allowed-pattern");
    if (!allowed) return;
    try {
      const one = new RegExp(`^(?:${allowed})$`, "u");
      const kept = [...this.control.value].filter((character) => one.test(character)).join("");
      if (kept !== this.control.value) this.control.value = kept;
    } catch {
      // The page's author wrote no regular expression: nothing is filtered.
    }
  }

  get value() { return this.isBuilt ? this.control.value : this.said("value"); }

  set value(text) {
    if (!this.isBuilt) return this.setAttribute("value", text ?? "");
    this.isTouched = true;
    this.control.value = text ?? "";
    this.typed();
    return undefined;
  }

  problem() {
    const said = this.said("error-message");
    if (this.disabled) return "";
    if (this.required && this.value === "") return said || "Please fill this in.";
    const shortest = Number(this.said("min-length"));
    if (this.value && this.value.length < shortest) return said || `At least ${shortest} characters.`;
    return this.control.validity.valid ? "" : said || this.control.validationMessage;
  }

  output() { return this.value === "" ? undefined : this.value; }
}
reflect(CrowdText, ["placeholder", "type"]);

class CrowdInput extends CrowdText {
  get tag() { return "input"; }
}

class CrowdTextArea extends CrowdText {
  get tag() { return "textarea"; }
}

// Boxes, switches and radio buttons: `{"value": true}`.
class CrowdBox extends CrowdField {
  static observedAttributes = ["checked", "disabled", "required", "label"];

  build() {
    const role = this.localName === "crowd-toggle-button" ? "switch" : null;
    this.control = make("input", { type: this.type, role, "aria-describedby": "error" });
    this.text = make("span");
    this.shadowRoot.append(make("label", { class: "box" }, this.control, make("span", {}, make("slot"), this.text)));
    this.addError();
    this.control.addEventListener("change", () => {
      this.checked = this.control.checked;
      this.report("");
      this.tellChange();
    });
  }

  get type() { return "checkbox"; }

  refresh() {
    this.control.checked = this.checked;
    this.control.disabled = this.disabled;
    this.control.setAttribute("aria-required", String(this.required));
    this.text.textContent = this.said("label");
  }

  click() { this.control.click(); }

  get value() { return this.getAttribute("value") || "on"; }

  set value(text) { this.setAttribute("value", text); }

  problem() { return this.required && !this.disabled && !this.checked ? "Please tick this." : ""; }

  output() { return Object.assign(Object.create(null), { [this.value]: this.checked }); }
}
reflect(CrowdBox, [], ["checked"]);

class CrowdRadioButton extends CrowdBox {
  get type() { return "radio"; }

  build() {
    super.build();
    this.addEventListener("keydown", (event) => this.step(event));
  }

  refresh() {
    super.refresh();
    if (this.checked) for (const one of this.group()) if (one !== this) one.checked = false;
    this.rove();
  }

  group() {
    const around = this.closest("crowd-radio-group");
    const all = [...(around || this.getRootNode()).querySelectorAll("crowd-radio-button")];
    const isMine = (one) => one.isBuilt && (around || (!one.closest("crowd-radio-group") && one.name === this.name));
    return all.filter(isMine);
  }

  // Of a group, Tab reaches the one that is chosen, or the first; arrows reach the others.
  rove() {
    const group = this.group();
    const reached = group.find((one) => one.checked) || group[0];
    for (const one of group) one.control.tabIndex = one === reached ? 0 : -1;
  }

  step(event) {
    const by = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    const group = this.group().filter((one) => !one.disabled);
    if (!by || group.length < 2) return;
    event.preventDefault();
    const next = group.at((group.indexOf(this) + by) % group.length);
    next.focus();
    next.click();
  }

  problem() {
    const isAsked = this.required && !this.disabled;
    return isAsked && !this.group().some((one) => one.checked) ? "Please choose one." : "";
  }
}

class CrowdRadioGroup extends CrowdElement {
  connectedCallback() {
    super.connectedCallback();
    if (!this.hasAttribute("role")) this.setAttribute("role", "radiogroup");
  }
}

class CrowdSlider extends CrowdField {
  static observedAttributes = ["min", "max", "step", "value", "disabled", "label"];

  build() {
    this.control = make("input", { type: "range", "aria-describedby": "error" });
    this.shown = make("output");
    this.shadowRoot.append(make("span", { class: "slider" }, this.control, this.shown));
    this.addError();
    for (const type of ["input", "pointerdown", "keydown"]) {
      this.control.addEventListener(type, () => this.touch());
    }
    this.control.addEventListener("change", () => this.tellChange());
  }

  touch() {
    this.isTouched = true;
    this.report("");
    this.show();
  }

  show() { this.shown.textContent = this.control.value; }

  refresh() {
    this.control.setAttribute("aria-label", this.said("label") || this.said("name"));
    this.control.disabled = this.disabled;
    for (const name of ["min", "max", "step"]) {
      if (this.hasAttribute(name)) this.control.setAttribute(name, this.said(name));
    }
    if (!this.isTouched) this.control.value = this.said("value") || this.said("min") || "0";
    this.show();
  }

  get value() { return this.isBuilt ? this.control.valueAsNumber : Number(this.said("value")); }

  set value(number) {
    if (!this.isBuilt) return this.setAttribute("value", number);
    this.control.value = number;
    return this.touch();
  }

  problem() {
    const isMoved = this.isTouched || this.hasAttribute("value");
    return this.required && !this.disabled && !isMoved ? "Please choose a value." : "";
  }

  output() { return this.value; }
}

define("crowd-input", CrowdInput);
define("crowd-text-area", CrowdTextArea);
define("crowd-checkbox", class extends CrowdBox {});
define("crowd-toggle-button", class extends CrowdBox {});
define("crowd-radio-group", CrowdRadioGroup);
define("crowd-radio-button", CrowdRadioButton);
define("crowd-slider", CrowdSlider);
