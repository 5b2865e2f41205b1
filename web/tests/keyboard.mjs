/* Doing things with the keyboard alone. */

async function focused(page) {
  return page.evaluate(() => {
    const element = document.activeElement;
    return { id: element?.id ?? '', name: element?.name ?? '', text: element?.textContent?.trim() ?? '' };
  });
}

/* Presses Tab until what has the focus is wanted. */
export async function tabTo(page, wanted) {
  for (let i = 0; i < 200; i++) {
    await page.keyboard.press('Tab');
    if (wanted(await focused(page))) return;
  }
  throw new Error(`not reached by Tab: ${wanted}`);
}

export async function press(page, text) {
  await tabTo(page, (on) => on.text === text);
  await page.keyboard.press('Enter');
}

/* The n-th radio of a group of which none is chosen. */
export async function choose(page, group, n) {
  await tabTo(page, (on) => on.name === group);
  await page.keyboard.press('Space');
  for (let i = 0; i < n; i++) await page.keyboard.press('ArrowDown');
}

export async function tick(page, id) {
  await tabTo(page, (on) => on.id === id);
  await page.keyboard.press('Space');
}

export async function type(page, id, text) {
  await tabTo(page, (on) => on.id === id);
  await page.keyboard.type(text);
}
