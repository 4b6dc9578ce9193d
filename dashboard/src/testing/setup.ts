/** What jsdom leaves out of a browser and components ask for when they are shown. */
import { cleanup } from '@testing-library/react';
import { afterEach } from 'vitest';

if (typeof window !== 'undefined') {
  window.matchMedia = (query) =>
    Object.assign(new EventTarget(), {
      matches: false,
      media: query,
      onchange: null,
      addListener: () => undefined,
      removeListener: () => undefined,
    });
  window.ResizeObserver = class {
    observe(): void {
      // nothing has a size here, so nothing changes it
    }
    unobserve(): void {
      // as above
    }
    disconnect(): void {
      // as above
    }
  };
  HTMLDialogElement.prototype.showModal = function showModal() {
    this.open = true;
  };
  HTMLElement.prototype.scrollIntoView = () => undefined;
  HTMLElement.prototype.showPopover = () => undefined;
  HTMLElement.prototype.hidePopover = () => undefined;
  const computed = window.getComputedStyle.bind(window);
  // jsdom has no pseudo-elements and says so at length
  window.getComputedStyle = (element) => computed(element);
}

afterEach(() => {
  cleanup();
});
