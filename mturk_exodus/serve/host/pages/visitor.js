// The page around a task: it goes on when the frame has submitted, and shows the time that is left.
const frame = document.querySelector("iframe");
const { after, deadline } = document.body.dataset;
const left = document.querySelector("#left");
const note = document.querySelector("#over");

addEventListener("message", (event) => {
  // Only a hint, from whatever page is in the frame: what has happened, the next page asks the desk.
  if (after && event.source === frame?.contentWindow && event.data === "mturk-exodus: submitted") {
    location.replace(after);
  }
});

const until = deadline ? Date.parse(deadline) : NaN;
const show = () => {
  const seconds = Math.max(0, Math.round((until - Date.now()) / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const days = Math.floor(hours / 24);
  left.textContent = days > 1 ? `${days} days left`
    : `${hours ? `${hours} h ` : ""}${minutes} min ${seconds % 60} s left`;
  note.hidden = seconds > 0;
  if (seconds > 0) setTimeout(show, 1000);
};
if (left && !Number.isNaN(until)) show();
