/* The graph of a model in the viewer of bpmn.io: for reading alone, and no larger than that needs. */
import 'diagram-js/assets/diagram-js.css';
import 'dmn-js-drd/assets/css/dmn-js-drd.css';
import overlays from 'diagram-js/lib/features/overlays';
import core from 'dmn-js-drd/lib/core';
import Viewer from 'dmn-js-drd/lib/Viewer';
import Manager from 'dmn-js-shared/lib/base/Manager';

export interface Canvas {
  viewbox(): { inner: { x: number; y: number; width: number; height: number } };
  viewbox(box: { x: number; y: number; width: number; height: number }): void;
  resized(): void;
}

export interface Overlays {
  add(element: string, overlay: { position: { left: number; bottom: number }; html: HTMLElement }): string;
  clear(): void;
}

const MARGIN = 16;
const TEXT = { defaultStyle: { fontSize: 18 }, externalStyle: { fontSize: 18 } };

export class GraphViewer extends Manager {
  constructor(container: HTMLElement) {
    super({ container, drd: { modules: [core, overlays], textRenderer: TEXT } });
  }

  _getViewProviders(): object[] {
    return [{ id: 'drd', constructor: Viewer, opens: (element: { $type: string }) => element.$type === 'dmn:Definitions' }];
  }

  /* Shows a model whole, at a size of its own; returns that size. */
  async show(xml: string, scale: number): Promise<{ width: number; height: number }> {
    await this.importXML(xml);
    const { inner } = this.canvas.viewbox();
    return { width: Math.ceil((inner.width + 2 * MARGIN) * scale), height: Math.ceil((inner.height + 2 * MARGIN) * scale) };
  }

  /* Once the container has the size that show() gave. */
  fit(): void {
    this.canvas.resized();
    const { inner } = this.canvas.viewbox();
    this.canvas.viewbox({ x: inner.x - MARGIN, y: inner.y - MARGIN, width: inner.width + 2 * MARGIN, height: inner.height + 2 * MARGIN });
  }

  /* Puts badges on elements, in place of those that were there. */
  mark(badges: ReadonlyArray<{ id: string; html: HTMLElement }>): void {
    const viewer = this.getActiveViewer();
    const marks = viewer?.get('overlays');
    marks?.clear();
    for (const { id, html } of badges)
      if (viewer?.get('elementRegistry').get(id)) marks?.add(id, { position: { left: 6, bottom: 12 }, html });
  }

  private get canvas(): Canvas {
    const viewer = this.getActiveViewer();
    if (!viewer) throw new Error('the model has no diagram');
    return viewer.get('canvas');
  }
}
