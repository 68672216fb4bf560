// The page around us is told, and goes on: at once, or when the participant has read why not. A
// task's page that has left its frame stays as it is: the participant's link, opened again, says
// what comes next.
const next = document.querySelector("#next");
const tell = () => parent.postMessage("mturk-exodus: submitted", "*");
if (parent !== window) {
  next.hidden = false;
  next.addEventListener("click", tell);
  if ("done" in document.body.dataset) tell();
}
