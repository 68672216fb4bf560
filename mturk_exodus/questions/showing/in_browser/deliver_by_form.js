// The answer goes to turkSubmitTo, as MTurk's own form sent it.
const hidden = (name, value) => {
  const field = document.createElement("input");
  field.type = "hidden";
  field.name = name;
  field.value = value;
  return field;
};

const deliver = (entries) => {
  const form = document.createElement("form");
  form.method = "post";
  form.action = submitTo;
  form.acceptCharset = "UTF-8";
  form.hidden = true;
  form.append(hidden("assignmentId", assignmentId));
  for (const [name, value] of entries) form.append(hidden(name, value));
  (document.body || document.documentElement).append(form);
  nativeSubmit.call(form);
  form.remove();
};
