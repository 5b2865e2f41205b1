/* What the diagram viewer makes elements of markup with, in place of the package of this name. Its markup
 * carries style attributes, which the content security policy refuses as inline code; set on the elements
 * afterwards they are styles like any other, and the viewer looks as it is meant to. */
import build from 'domify/itself';

const KEPT = 'data-style';

export default function domify(markup: string): Node {
  const made = build(markup.replace(/ style="/g, ` ${KEPT}="`));
  const all = made instanceof Element ? [made, ...made.querySelectorAll(`[${KEPT}]`)] : [];
  for (const element of all as HTMLElement[]) {
    const style = element.getAttribute(KEPT);
    if (style === null) continue;
    element.style.cssText = style;
    element.removeAttribute(KEPT);
  }
  return made;
}
