// The answer goes to the page around the frame, which has a form of its own for it.
const deliver = (entries) => parent.postMessage({ "mturk-exodus: submit": entries }, "*");
