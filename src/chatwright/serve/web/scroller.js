/** Keeps the newest message in view, unless the person has scrolled back to read. */
const NEAR_PX = 80;

export class Scroller {
  #element;
  #button;
  #atEnd = true;

  /** @param {HTMLElement} element what scrolls @param {HTMLButtonElement} button brings back to the end */
  constructor(element, button) {
    this.#element = element;
    this.#button = button;
    element.addEventListener("scroll", () => this.#look(), { passive: true });
    button.addEventListener("click", () => this.toEnd());
    // Pictures that arrive late and a keyboard that opens change heights without a scroll.
    const resized = new ResizeObserver(() => this.follow());
    resized.observe(element);
    for (const child of element.children) resized.observe(child);
  }

  /** Show the end if the person was reading there. */
  follow() {
    if (this.#atEnd) this.toEnd();
    else this.#button.hidden = false;
  }

  toEnd() {
    this.#atEnd = true;
    this.#button.hidden = true;
    this.#element.scrollTop = this.#element.scrollHeight;
  }

  #look() {
    const { scrollHeight, scrollTop, clientHeight } = this.#element;
    this.#atEnd = scrollHeight - scrollTop - clientHeight < NEAR_PX;
    if (this.#atEnd) this.#button.hidden = true;
  }
}
