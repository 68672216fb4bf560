// The page around a task: it goes on when the frame has submitted, and shows the time that is left.
const frame = document.querySelector("iframe");
const { after, seconds: given } = document.body.dataset;
const left = document.querySelector("#left");
const note = document.querySelector("#over");

const amazon = new RegExp("^(.*\\.)?((mturk|mturkcontent|amazonaws|amazon|awsstatic|cloudfront"
  + "|amazon-adsystem|media-amazon|ssl-images-amazon|images-amazon)\\.[a-z]{2,3}(\\.[a-z]{2})?|aws)$");

const isAllowed = (address) => {
  try {
    const url = new URL(address);
    return /^https?:$/.test(url.protocol) && !amazon.test(url.hostname.replace(/\.+$/, ""));
  } catch {
    return false;
  }
};

// The task's page cannot open windows: no policy would hold in them. Where it wants one, it asks,
// and gets it if the participant has just pressed something.
const openWindow = (address) => {
  const isAsked = navigator.userActivation?.isActive ?? true;
  if (isAsked && isAllowed(address)) window.open(address, "_blank", "noopener,noreferrer");
};

addEventListener("message", (event) => {
  if (event.source !== frame?.contentWindow) return;
  // Only a hint, from whatever page is in the frame: what has happened, the next page asks the desk.
  if (after && event.data === "mturk-exodus: submitted") location.replace(after);
  const asked = event.data?.["mturk-exodus: open"];
  if (typeof asked === "string") openWindow(asked);
});

// How long it is, the host has said: what time it is, this computer may not know.
const until = Date.now() + Number(given) * 1000;
const show = () => {
  const seconds = Math.max(0, Math.round((until - Date.now()) / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const days = Math.floor(hours / 24);
  left.textContent = days > 1 ? `${days} days left`
    : `${hours ? `${hours} h ` : ""}${minutes} min ${seconds % 60} s left`;
  note.hidden = seconds > 0;
  if (seconds > 0) setTimeout(show, 1000);
};
if (left && given) show();
