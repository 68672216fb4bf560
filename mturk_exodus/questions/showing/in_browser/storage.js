// A sandboxed frame has no storage, and asking for it throws. MTurk's frame had one, and pages use
// it. What a page keeps here is kept while it is shown.
const memory = () => {
  const kept = new Map();
  const methods = {
    getItem: (key) => kept.get(String(key)) ?? null,
    setItem: (key, value) => void kept.set(String(key), String(value)),
    removeItem: (key) => void kept.delete(String(key)),
    clear: () => kept.clear(),
    key: (index) => [...kept.keys()][index] ?? null,
  };
  return new Proxy({}, {
    get(_, key) {
      if (key === "length") return kept.size;
      return Object.hasOwn(methods, key) ? methods[key] : kept.get(key);
    },
    set: (_, key, value) => Boolean(kept.set(String(key), String(value))),
    has: (_, key) => kept.has(key) || Object.hasOwn(methods, key),
    deleteProperty: (_, key) => kept.delete(key) || true,
    ownKeys: () => [...kept.keys()],
    getOwnPropertyDescriptor: (_, key) =>
      kept.has(key)
        ? { value: kept.get(key), writable: true, enumerable: true, configurable: true }
        : undefined,
  });
};

const isRefused = (look) => {
  try {
    look();
    return false;
  } catch {
    return true;
  }
};

const cookies = new Map();
const writeCookie = (text) => {
  const [pair, ...attributes] = String(text).split(";");
  const at = pair.indexOf("=");
  const name = pair.slice(0, Math.max(at, 0)).trim();
  const said = new Map(attributes.map((one) => {
    const [key, ...value] = one.split("=");
    return [key.trim().toLowerCase(), value.join("=").trim()];
  }));
  const isOver = said.has("max-age")
    ? Number(said.get("max-age")) <= 0
    : Date.parse(said.get("expires")) < Date.now();
  if (isOver) cookies.delete(name);
  else cookies.set(name, pair.slice(at + 1).trim());
};

for (const name of ["localStorage", "sessionStorage"]) {
  if (isRefused(() => window[name].length)) {
    Object.defineProperty(window, name, { value: memory(), configurable: true });
  }
}
if (isRefused(() => document.cookie)) {
  Object.defineProperty(document, "cookie", {
    get: () => [...cookies].map(([name, value]) => (name ? `${name}=${value}` : value)).join("; "),
    set: writeCookie,
    configurable: true,
  });
}
