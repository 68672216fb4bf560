// In the frame, the page around it is told; where a task's page has left its frame, we go on here.
const next = document.querySelector("#next");
const tell = () => parent.postMessage("mturk-exodus: submitted", "*");
if (parent !== window) {
  tell();
  // The sandbox keeps the link itself from leading the visitor's page on.
  next?.addEventListener("click", (event) => {
    event.preventDefault();
    tell();
  });
} else if (next) location.replace(next.href);
