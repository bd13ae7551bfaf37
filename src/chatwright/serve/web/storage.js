/** Browser storage that never throws: private windows and full disks only lose the memory. */
const PREFIX = "chatwright.";

/** The JSON value kept under `key`, `fallback` where there is none or it cannot be read. */
export function load(key, fallback = null, area = () => localStorage) {
  try {
    const text = area().getItem(PREFIX + key);
    return text === null ? fallback : JSON.parse(text);
  } catch {
    return fallback;
  }
}

/** Keep `value` under `key`; null removes it. */
export function save(key, value, area = () => localStorage) {
  try {
    if (value === null) area().removeItem(PREFIX + key);
    else area().setItem(PREFIX + key, JSON.stringify(value));
  } catch {
    // Nothing to do: the page works on, it only forgets on reload.
  }
}

/** Call `listener` when another tab of this browser keeps a new value under `key`. */
export function onForeignChange(key, listener) {
  addEventListener("storage", (event) => {
    if (event.key === PREFIX + key && event.newValue !== null) listener();
  });
}
