class CrowdButton extends CrowdElement {
  static observedAttributes = ["disabled", "href", "loading", "icon", "label", "title", "form-action"];

  build() {
    const isLink = this.hasAttribute("href");
    const plain = isLink ? { href: this.said("href"), target: this.getAttribute("target") || "_blank", rel: "noopener" } : { type: "button" };
    const quiet = ["link", "normal"].includes(this.said("variant")) ? "quiet" : "";
    this.control = make(isLink ? "a" : "button", { ...plain, class: quiet, part: "button" }, make("slot", {}, ...this.own()));
    this.shadowRoot.append(this.control);
    this.addEventListener("click", (event) => this.act(event));
  }

  // Icons are drawn by Amazon's script alone; their names are what is left.
  own() { return [this.said("label") || this.said("title") || this.said("icon")]; }

  refresh() {
    const isOff = this.disabled || this.hasAttribute("loading") || (isPreview && this.said("form-action") === "submit");
    this.control.toggleAttribute("disabled", isOff);
    if (isPreview && this.said("form-action") === "submit") this.control.textContent = NOT_ACCEPTED;
    const name = this.said("label") || this.said("title") || this.said("icon");
    if (!this.textContent.trim() && name && document.readyState !== "loading") this.control.setAttribute("aria-label", name);
  }

  act(event) {
    if (this.control.hasAttribute("disabled")) return event.stopImmediatePropagation();
    const form = this.closest("crowd-form, form");
    if (this.said("form-action") === "submit") setTimeout(() => {
      if (!event.defaultPrevented) (form?.attempt ?? form?.requestSubmit)?.call(form);
    });
    if (this.said("form-action") === "reset") form?.reset?.();
    return undefined;
  }

  focus() { this.control?.focus(); }
}
reflect(CrowdButton, ["href", "icon", "label", "variant"], ["disabled", "loading"]);

class CrowdDialog extends CrowdElement {
  static observedAttributes = ["link-text"];

  build() {
    this.dialog = make("dialog", {}, make("slot"), make("form", { method: "dialog" }, make("button", {}, "Close")));
    this.opener = make("button", { type: "button", class: this.said("link-type") === "button" ? "" : "quiet" });
    this.opener.addEventListener("click", () => this.open());
    this.shadowRoot.append(this.opener, this.dialog);
  }

  refresh() {
    const isInstructions = this.localName === "crowd-instructions";
    this.opener.textContent = this.said("link-text") || (isInstructions ? "View instructions" : "");
    this.opener.hidden = !this.opener.textContent;
  }

  open() { if (!this.dialog.open) this.dialog.showModal(); }

  close() { this.dialog.close(); }
}

class CrowdHeaded extends CrowdElement {
  static observedAttributes = ["heading", "image", "header"];

  build() {
    this.image = make("img", { alt: "" });
    this.heading_ = make("h2");
    this.shadowRoot.append(this.image, this.heading_, make("slot"));
  }

  refresh() {
    this.heading_.textContent = this.said("heading");
    this.heading_.hidden = !this.said("heading");
    this.image.hidden = !this.said("image");
    if (this.said("image")) this.image.src = this.said("image");
  }
}

class CrowdAlert extends CrowdElement {
  build() {
    const close = make("button", { type: "button", class: "quiet", "aria-label": "Dismiss" }, "×");
    close.addEventListener("click", () => { this.hidden = true; });
    close.hidden = !this.hasAttribute("dismissible");
    this.shadowRoot.append(make("div", { class: "note", role: "alert" }, make("slot"), close));
  }
}

class CrowdToast extends CrowdElement {
  build() {
    this.note = make("div", { class: "toast", role: "status", hidden: true }, make("slot"), this.said("text"));
    this.shadowRoot.append(this.note);
    if (this.hasAttribute("opened")) this.show();
  }

  show() {
    const lasts = Number(this.said("duration") || 3000);
    this.note.hidden = false;
    if (lasts > 0) setTimeout(() => { this.note.hidden = true; }, lasts);
  }

  open() { this.show(); }
}

class CrowdBadge extends CrowdElement {
  static observedAttributes = ["label", "icon"];

  build() {
    this.text = make("span", { class: "badge" });
    this.shadowRoot.append(this.text);
  }

  refresh() { this.text.textContent = this.said("label") || this.said("icon"); }
}

class CrowdTabs extends CrowdElement {
  build() {
    this.list = make("div", { role: "tablist", class: "tabs" });
    const content = make("slot");
    content.addEventListener("slotchange", () => this.arrange());
    this.shadowRoot.append(this.list, content);
  }

  arrange() {
    this.tabs = [...this.querySelectorAll(":scope > crowd-tab")];
    this.buttons = this.tabs.map((tab, at) => {
      const button = make("button", { type: "button", role: "tab" }, tab.getAttribute("header") || `${at + 1}`);
      button.addEventListener("click", () => this.select(at));
      button.addEventListener("keydown", (event) => {
        const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (by) this.select((at + by + this.tabs.length) % this.tabs.length, true);
      });
      return button;
    });
    this.list.replaceChildren(...this.buttons);
    if (this.tabs.length) this.select(Math.min(this.selected ?? 0, this.tabs.length - 1));
  }

  select(chosen, isFocused = false) {
    this.selected = chosen;
    this.tabs.forEach((tab, at) => {
      tab.hidden = at !== chosen;
      tab.setAttribute("role", "tabpanel");
      tab.setAttribute("aria-label", this.buttons[at].textContent);
      this.buttons[at].setAttribute("aria-selected", String(at === chosen));
      this.buttons[at].tabIndex = at === chosen ? 0 : -1;
    });
    if (isFocused) this.buttons[chosen].focus();
  }
}

for (const name of ["button", "icon-button", "fab"]) define(`crowd-${name}`, class extends CrowdButton {});
for (const name of ["instructions", "modal"]) define(`crowd-${name}`, class extends CrowdDialog {});
for (const name of ["card", "tab"]) define(`crowd-${name}`, class extends CrowdHeaded {});
define("crowd-alert", CrowdAlert);
define("crowd-toast", CrowdToast);
define("crowd-badge", CrowdBadge);
define("crowd-tabs", CrowdTabs);
