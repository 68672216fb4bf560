// What MTurk checked of a QuestionForm's answers, in the words of the form's author.
const rulesOf = (control) => JSON.parse(control.dataset.rules || "[]");

const broken = (control) => {
  for (const [pattern, flags, text] of rulesOf(control)) {
    try {
      if (!new RegExp(pattern, flags.includes("i") ? "i" : "").test(control.value)) return text;
    } catch {
      // A regular expression that is none here is checked by nobody.
    }
  }
  return "";
};

const checkText = (control) => {
  control.setCustomValidity(control.value === "" ? "" : broken(control));
};

const counted = (group) => {
  const boxes = [...group.querySelectorAll("input[type=checkbox]")].filter((one) => one.checked);
  const chosen = boxes.length + [...group.querySelectorAll("select option:checked")].length;
  const other = group.querySelector("[data-other]");
  return chosen + (other?.value ? 1 : 0);
};

const checkCount = (group) => {
  const [least, most] = [Number(group.dataset.least), Number(group.dataset.most)];
  const count = counted(group);
  const isAsked = group.dataset.required === "true" || count > 0;
  const text = isAsked && count < least
    ? `Please choose at least ${least}.`
    : most && count > most ? `Please choose at most ${most}.` : "";
  group.querySelector("input, select, textarea")?.setCustomValidity(text);
};

// What is written in place of a choice takes the place of the choice that was made.
const checkOther = (group) => {
  const other = group.querySelector("[data-other]");
  const stand = group.querySelector("input[data-stands-for-other], option[data-stands-for-other]");
  if (!other || !stand) return;
  const isChosen = stand instanceof HTMLOptionElement ? stand.selected : stand.checked;
  other.setCustomValidity(isChosen && other.value === "" ? "Please write what else." : "");
};

const checkAll = () => {
  for (const one of document.querySelectorAll("[data-rules]")) checkText(one);
  for (const one of document.querySelectorAll("[data-most]")) checkCount(one);
  for (const one of document.querySelectorAll("fieldset")) checkOther(one);
};

const written = (event) => {
  const other = event.target.closest("[data-other]");
  const group = other?.closest("fieldset");
  const stand = group?.querySelector("input[data-stands-for-other], option[data-stands-for-other]");
  if (other?.value && stand instanceof HTMLOptionElement) stand.selected = true;
  else if (other?.value && stand) stand.checked = true;
  else if (!other && group === undefined) leaveOther(event.target);
};

const leaveOther = (target) => {
  const group = target.closest("fieldset");
  const stand = group?.querySelector("input[data-stands-for-other], option[data-stands-for-other]");
  const other = group?.querySelector("[data-other]");
  const isChosen = stand instanceof HTMLOptionElement ? stand.selected : stand?.checked;
  if (stand && other && !isChosen) other.value = "";
};

for (const type of ["input", "change"]) {
  document.addEventListener(type, (event) => {
    written(event);
    checkAll();
  });
}
document.addEventListener("DOMContentLoaded", checkAll);
