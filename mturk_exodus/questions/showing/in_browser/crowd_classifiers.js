// A list as people write it: JSON, or with single quotes as in the developer guide's examples.
const listOf = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    const token = /"(?:[^"\\]|\\.)*"|'((?:[^'\\]|\\.)*)'|([A-Za-z_]\w*)(?=\s*:)|,(?=\s*[\]}])/gs;
    const right = (found, single, key) => {
      if (key !== undefined) return JSON.stringify(key);
      if (single !== undefined) return `"${single.replace(/\\'/g, "'").replace(/\\?"/g, '\\"')}"`;
      return found === "," ? "" : found;
    };
    try {
      return JSON.parse(String(text).replace(token, right));
    } catch {
      return [];
    }
  }
};

const choiceOf = (said) => {
  if (said === null || typeof said !== "object") return { value: String(said), text: String(said) };
  const value = ["label", "value", "name", "text", "fullDisplayName", "shortDisplayName"]
    .map((name) => said[name]).find((one) => one !== undefined && one !== "");
  const text = said.fullDisplayName ?? said.displayName ?? said.shortDisplayName ?? value;
  return { value: String(value ?? ""), text: String(text ?? "") };
};

class CrowdClassifier extends CrowdField {
  static observedAttributes = ["header", "categories", "exclusion-category", "src", "overlay"];

  build() {
    this.heading = make("h2", { id: "header" });
    this.control = make("div", { class: "choices", role: this.several ? "group" : "radiogroup", "aria-labelledby": "header" });
    this.image = make("img");
    this.caption = make("p");
    this.full = make("slot", { name: "full" });
    const dialog = make("dialog", {}, this.full, make("form", { method: "dialog" }, make("button", {}, "Close")));
    this.more = make("button", { type: "button", class: "quiet", hidden: true }, "Full instructions");
    this.more.addEventListener("click", () => dialog.showModal());
    const content = make("slot");
    content.addEventListener("slotchange", () => this.sort());
    this.shadowRoot.append(this.heading, this.more, dialog, content);
    if (this.isOfImage) this.shadowRoot.append(make("figure", {}, this.image, this.caption));
    this.shadowRoot.append(this.control);
    this.addError();
    this.control.addEventListener("change", (event) => this.chosen(event.target));
  }

  get several() { return this.localName.endsWith("multi-select"); }

  get isOfImage() { return this.localName.startsWith("crowd-image"); }

  sort() {
    for (const one of this.querySelectorAll(":scope > full-instructions")) {
      one.slot = "full";
      this.more.hidden = false;
    }
    if (this.isOfImage && !this.comment && this.querySelector(":scope > worker-comment")) this.addComment();
  }

  addComment() {
    const region = this.querySelector(":scope > worker-comment");
    this.comment = make("textarea", { rows: "3", placeholder: region.getAttribute("placeholder") });
    const caption = region.getAttribute("header") || "Comment";
    this.control.after(make("label", {}, make("span", { class: "caption" }, caption), this.comment));
  }

  refresh() {
    this.heading.textContent = this.said("header");
    this.image.alt = this.said("header") || "the image";
    if (this.said("src")) this.image.src = this.said("src");
    this.caption.textContent = this.said("overlay");
    const before = this.boxes?.filter((one) => one.checked).map((one) => one.value) ?? [];
    const listed = listOf(this.said("categories"));
    const excluding = this.hasAttribute("exclusion-category") ? listOf(this.said("exclusion-category")) : null;
    const all = Array.isArray(listed) ? listed.map(choiceOf) : [];
    if (excluding && !Array.isArray(excluding)) all.push({ ...choiceOf(excluding), excludes: true });
    this.boxes = all.map((one) => this.box(one, before));
    this.control.replaceChildren(...this.boxes.map((one) => one.parentNode));
  }

  box({ value, text, excludes }, before) {
    const box = make("input", { type: this.several ? "checkbox" : "radio", name: "choice", value });
    box.checked = before.includes(value);
    box.excludes = Boolean(excludes);
    make("label", { class: "box" }, box, make("span", {}, text));
    return box;
  }

  chosen(box) {
    if (box.checked && this.several) {
      for (const one of this.boxes) if (one !== box && (box.excludes || one.excludes)) one.checked = false;
    }
    this.report("");
    this.tellChange();
  }

  get labels() { return (this.boxes ?? []).filter((one) => one.checked).map((one) => one.value); }

  get value() { return this.several ? this.labels : this.labels[0]; }

  set value(said) {
    const wanted = [].concat(said?.labels ?? said?.label ?? said ?? []);
    for (const one of this.boxes ?? []) one.checked = wanted.includes(one.value);
  }

  get categories() { return listOf(this.said("categories")); }

  set categories(said) { this.setAttribute("categories", typeof said === "string" ? said : JSON.stringify(said)); }

  focus() { this.boxes?.[0]?.focus(); }

  problem() {
    const isAsked = !this.several || this.required || this.boxes?.some((one) => one.excludes);
    return isAsked && this.boxes?.length && !this.labels.length ? "Please choose." : "";
  }

  output() {
    const said = this.several ? { labels: this.labels } : { label: this.labels[0] };
    return this.comment?.value ? { ...said, workerComment: this.comment.value } : said;
  }
}
reflect(CrowdClassifier, ["header", "src", "overlay"]);

for (const name of ["classifier", "classifier-multi-select", "image-classifier", "image-classifier-multi-select"]) {
  define(`crowd-${name}`, class extends CrowdClassifier {});
}
