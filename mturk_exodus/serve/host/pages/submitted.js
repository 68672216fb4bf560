// In the frame, the page around it is told; where a task's page has left its frame, we go on here.
const next = document.querySelector("#next");
if (parent !== window) parent.postMessage("mturk-exodus: submitted", "*");
else if (next) location.replace(next.href);
