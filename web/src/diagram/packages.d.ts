/* The parts of packages without types that the diagram uses. */
declare module 'domify/itself' {
  export default function domify(markup: string): Node;
}

declare module 'diagram-js/lib/features/overlays' {
  const overlays: object;
  export default overlays;
}

declare module 'dmn-js-drd/lib/core' {
  const core: object;
  export default core;
}

declare module 'dmn-js-drd/lib/Viewer' {
  export default class Viewer {
    get(name: 'canvas'): import('./viewer').Canvas;
    get(name: 'overlays'): import('./viewer').Overlays;
    get(name: 'elementRegistry'): { get(id: string): unknown };
  }
}

declare module 'dmn-js-shared/lib/base/Manager' {
  export default class Manager {
    constructor(options: object);
    importXML(xml: string): Promise<unknown>;
    getActiveViewer(): import('dmn-js-drd/lib/Viewer').default | undefined;
    destroy(): void;
  }
}
